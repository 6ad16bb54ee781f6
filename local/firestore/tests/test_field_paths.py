import pytest

from local.firestore import wire
from local.firestore.errors import RpcError
from local.firestore.field_paths import (
    delete_value,
    masked,
    parse_field_path,
    set_value,
    value_at,
)


def _number(number):
    return wire.Value(integer_value=number)


def _map(**fields):
    return wire.Value(map_value=wire.MapValue(fields=fields))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("`a.b`.c", ("a.b", "c")),
        (r"`back\`quote`.`\\`", ("back`quote", "\\")),
        ("with-dash.ü", ("with-dash", "ü")),
    ],
)
def test_paths_split_at_dots_outside_of_quotes(text, path):
    assert parse_field_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "`a", "a`b`", "``", "a*", "a[0]"])
def test_a_broken_path_is_refused(text):
    with pytest.raises(RpcError, match="Invalid field path"):
        parse_field_path(text)


def test_setting_a_nested_value_leaves_the_shared_original_alone():
    original = {"a": _map(b=_number(1))}
    fields = dict(original)
    set_value(fields, ("a", "c"), _number(2))
    assert fields == {"a": _map(b=_number(1), c=_number(2))}
    assert original == {"a": _map(b=_number(1))}


def test_setting_below_a_value_that_is_no_map_replaces_it():
    fields = {"a": _number(1)}
    set_value(fields, ("a", "b", "c"), _number(2))
    assert fields == {"a": _map(b=_map(c=_number(2)))}


def test_deleting_leaves_the_shared_original_and_its_siblings_alone():
    original = {"a": _map(b=_number(1), c=_number(2))}
    fields = dict(original)
    delete_value(fields, ("a", "b"))
    delete_value(fields, ("a", "missing"))
    delete_value(fields, ("missing",))
    assert fields == {"a": _map(c=_number(2))}
    assert original == {"a": _map(b=_number(1), c=_number(2))}


def test_reading_never_inserts():
    fields = {"a": _map(b=_number(1))}
    assert value_at(fields, ("a", "x")) is None
    assert value_at(fields, ("a", "b", "c")) is None
    assert fields == {"a": _map(b=_number(1))}


def test_a_mask_keeps_only_its_paths():
    fields = {"a": _map(b=_number(1), c=_number(2)), "d": _number(3), "e": _number(4)}
    kept = masked(fields, [("a", "b"), ("e",), ("missing",)])
    assert kept == {"a": _map(b=_number(1)), "e": _number(4)}
