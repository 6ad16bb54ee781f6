import math
import random

import pytest

from local.firestore import wire
from local.firestore.order import Descending, name_key, order_key


def _reference(path):
    return wire.Value(reference_value=f"projects/p/databases/d/documents/{path}")


def _array(*values):
    return wire.Value(array_value=wire.ArrayValue(values=values))


def _map(**fields):
    return wire.Value(map_value=wire.MapValue(fields=fields))


def _text(text):
    return wire.Value(string_value=text)


def _vector(*numbers):
    elements = _array(*(wire.Value(double_value=number) for number in numbers))
    return _map(__type__=_text("__vector__"), value=elements)


IN_ORDER = [
    wire.Value(null_value=0),
    wire.Value(boolean_value=False),
    wire.Value(boolean_value=True),
    wire.Value(double_value=math.nan),
    wire.Value(double_value=-math.inf),
    wire.Value(integer_value=-(2**63)),
    wire.Value(double_value=-1.5),
    wire.Value(integer_value=0),
    wire.Value(double_value=0.5),
    wire.Value(integer_value=2**53),
    wire.Value(integer_value=2**53 + 1),
    wire.Value(double_value=math.inf),
    wire.Value(timestamp_value=wire.timestamp(-1)),
    wire.Value(timestamp_value=wire.timestamp(1_000_000)),
    _text(""),
    _text("a"),
    _text("a\0"),
    _text("b"),
    _text("ü"),
    _text("\uffff"),
    _text("\U0001f600"),
    wire.Value(bytes_value=b""),
    wire.Value(bytes_value=b"\x01"),
    wire.Value(bytes_value=b"\xff"),
    _reference("a/__id2__"),
    _reference("a/__id10__"),
    _reference("a/1"),
    _reference("a/1/b/c"),
    _reference("a/2"),
    wire.Value(geo_point_value={"latitude": -1, "longitude": 5}),
    wire.Value(geo_point_value={"latitude": 0, "longitude": -5}),
    _array(),
    _array(wire.Value(integer_value=1)),
    _array(wire.Value(integer_value=1), wire.Value(integer_value=0)),
    _array(wire.Value(integer_value=2)),
    _vector(9.0),
    _vector(1.0, 1.0),
    _vector(1.0, 2.0),
    _map(),
    _map(a=wire.Value(integer_value=1)),
    _map(a=wire.Value(integer_value=1), b=wire.Value(integer_value=0)),
    _map(a=wire.Value(integer_value=2)),
    _map(b=wire.Value(integer_value=0)),
]


def test_values_of_all_types_sort_as_documented():
    shuffled = list(IN_ORDER)
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=order_key) == sorted(IN_ORDER, key=order_key)
    keys = [order_key(value) for value in IN_ORDER]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_descending_is_the_other_way_round():
    keys = [order_key(value) for value in IN_ORDER]
    assert [down.key for down in sorted(map(Descending, keys))] == keys[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (wire.Value(integer_value=1), wire.Value(double_value=1.0)),
        (wire.Value(double_value=0.0), wire.Value(double_value=-0.0)),
        (wire.Value(double_value=math.nan), wire.Value(double_value=-math.nan)),
    ],
)
def test_numbers_that_queries_see_as_equal_have_one_key(one, other):
    assert order_key(one) == order_key(other)
    assert hash(order_key(one)) == hash(order_key(other))


def test_large_integers_and_doubles_compare_exactly():
    assert order_key(wire.Value(integer_value=2**53 + 1)) > order_key(
        wire.Value(double_value=2.0**53)
    )


def test_a_name_sorts_by_its_segments():
    assert name_key("a/b/c") < name_key("a/b-") > name_key("a/b")
