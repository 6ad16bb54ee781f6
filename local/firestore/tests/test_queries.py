"""Queries as functions of documents: no server, no clock."""

import pytest

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import RpcError
from local.firestore.query import compile_query, project

ROOT = "projects/p/databases/d/documents"
NAN = float("nan")


def _value(value):
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case float():
            return {"doubleValue": "NaN" if value != value else value}  # noqa: PLR0124 - NaN
        case str():
            return {"stringValue": value}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            return {"mapValue": {"fields": {key: _value(item) for key, item in value.items()}}}


def _document(path, fields):
    parsed = wire.parse_json(
        wire.Document, {"fields": {key: _value(value) for key, value in fields.items()}}
    )
    return Document(f"{ROOT}/{path}", dict(parsed.fields), 1, 1)


DOCUMENTS = [
    _document(path, fields)
    for path, fields in {
        "c/null": {"v": None},
        "c/nan": {"v": float("nan")},
        "c/one": {"v": 1, "w": "b", "m": {"x": 1}},
        "c/onefloat": {"v": 1.0, "w": "a"},
        "c/two": {"v": 2, "w": "a", "tags": ["red", "blue"]},
        "c/three": {"v": 3, "tags": ["red", 7]},
        "c/text": {"v": "1"},
        "c/list": {"v": [1, 2]},
        "c/none": {"w": "z"},
        "c/odd": {"odd": [None, float("nan"), 4]},
        "c/one/sub/deep": {"v": 1},
        "c/one/c/nested": {"v": 1},
        "other/c": {"v": 1},
    }.items()
]


def _run(structured, parent=ROOT):
    query = compile_query(parent, wire.parse_json(wire.StructuredQuery, structured))
    return [document.name.removeprefix(ROOT + "/") for _, document in query.run(DOCUMENTS)]


def _where(op, value, field="v"):
    return {"fieldFilter": {"field": {"fieldPath": field}, "op": op, "value": _value(value)}}


def _unary(op, field="v"):
    return {"unaryFilter": {"field": {"fieldPath": field}, "op": op}}


def _both(op, *filters):
    return {"compositeFilter": {"op": op, "filters": filters}}


def _in_c(where=None, **more):
    query = {"from": [{"collectionId": "c"}], **more}
    return query | ({"where": where} if where else {})


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (_where("EQUAL", 1), ["one", "onefloat"]),
        (_where("EQUAL", 1.0), ["one", "onefloat"]),
        (_where("EQUAL", "1"), ["text"]),
        (_where("EQUAL", None), []),
        (_where("EQUAL", NAN), []),
        (_where("EQUAL", [1, 2]), ["list"]),
        (_where("EQUAL", 1, field="m.x"), ["one"]),
        (_where("NOT_EQUAL", 1), ["nan", "two", "three", "text", "list"]),
        (_where("NOT_EQUAL", NAN), ["nan", "one", "onefloat", "two", "three", "text", "list"]),
        (_where("NOT_EQUAL", None), []),
        (_where("LESS_THAN", 2), ["one", "onefloat"]),
        (_where("LESS_THAN_OR_EQUAL", 2), ["one", "onefloat", "two"]),
        (_where("GREATER_THAN_OR_EQUAL", NAN), []),
        (_where("LESS_THAN_OR_EQUAL", None), []),
        (_where("GREATER_THAN", 1), ["two", "three"]),
        (_where("GREATER_THAN_OR_EQUAL", 2.0), ["two", "three"]),
        (_where("GREATER_THAN", ""), ["text"]),
        (_where("IN", [1, "1", 9]), ["one", "onefloat", "text"]),
        (_where("NOT_IN", [1, "1"]), ["nan", "two", "three", "list"]),
        (_where("NOT_IN", [None, 1]), []),
        (_where("NOT_IN", [None]), []),
        (_where("IN", [None, NAN]), []),
        (_where("IN", [None, 2, NAN]), ["two"]),
        (_where("ARRAY_CONTAINS", None, field="odd"), []),
        (_where("ARRAY_CONTAINS_ANY", [None, NAN], field="odd"), []),
        (_where("ARRAY_CONTAINS_ANY", [None, 4], field="odd"), ["odd"]),
        (_where("ARRAY_CONTAINS", "red", field="tags"), ["three", "two"]),
        (_where("ARRAY_CONTAINS_ANY", ["blue", 7], field="tags"), ["three", "two"]),
        (_where("ARRAY_CONTAINS", 1), ["list"]),
        (_unary("IS_NULL"), ["null"]),
        (_unary("IS_NAN"), ["nan"]),
        (_unary("IS_NOT_NULL"), ["nan", "one", "onefloat", "two", "three", "text", "list"]),
        (_unary("IS_NOT_NAN"), ["one", "onefloat", "two", "three", "text", "list"]),
        (_both("AND", _where("EQUAL", 1), _where("EQUAL", "a", field="w")), ["onefloat"]),
        (_both("OR", _where("EQUAL", 2), _where("EQUAL", "z", field="w")), ["none", "two"]),
        (
            _both(
                "OR",
                _both("AND", _where("EQUAL", 1), _where("EQUAL", "b", field="w")),
                _where("EQUAL", 3),
            ),
            ["one", "three"],
        ),
    ],
)
def test_filters_find_what_production_finds(where, found):
    assert _run(_in_c(where)) == [f"c/{name}" for name in found]


def _order(*fields):
    return [
        {
            "field": {"fieldPath": field.lstrip("-")},
            "direction": "DESCENDING" if field.startswith("-") else "ASCENDING",
        }
        for field in fields
    ]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (_order("w"), ["onefloat", "two", "one", "none"]),
        (_order("-w"), ["none", "one", "two", "onefloat"]),
        (_order("w", "-v"), ["two", "onefloat", "one"]),
        (_order("w", "-__name__"), ["two", "onefloat", "one", "none"]),
        (
            _order("__name__"),
            ["list", "nan", "none", "null", "odd", "one", "onefloat", "text", "three", "two"],
        ),
    ],
)
def test_order_leaves_out_documents_without_the_field_and_ends_with_the_name(order, found):
    assert _run(_in_c(orderBy=order)) == [f"c/{name}" for name in found]


def test_an_inequality_orders_by_its_field_in_the_last_direction():
    query = _in_c(_where("GREATER_THAN", 0), orderBy=_order("-w"))
    assert _run(query) == ["c/one", "c/two", "c/onefloat"]


def _cursor(*values, before):
    return {"values": [_value(value) for value in values], "before": before}


@pytest.mark.parametrize(
    ("cursors", "found"),
    [
        ({"startAt": _cursor(1, before=True)}, ["one", "onefloat", "two", "three"]),
        ({"startAt": _cursor(1, before=False)}, ["two", "three"]),
        ({"endAt": _cursor(2, before=True)}, ["one", "onefloat"]),
        ({"endAt": _cursor(2, before=False)}, ["one", "onefloat", "two"]),
        ({"startAt": _cursor(1, before=True), "limit": 1, "offset": 1}, ["onefloat"]),
        ({"offset": 3}, ["three"]),
        ({"limit": 0}, []),
    ],
)
def test_cursors_offset_and_limit_cut_the_result(cursors, found):
    query = _in_c(
        _both("AND", _where("GREATER_THAN", 0), _where("LESS_THAN", 10)),
        orderBy=_order("v"),
        **cursors,
    )
    assert _run(query) == [f"c/{name}" for name in found]


def test_a_cursor_turns_with_its_order():
    query = _in_c(orderBy=_order("-w"), startAt=_cursor("b", before=True))
    assert _run(query) == ["c/one", "c/two", "c/onefloat"]


@pytest.mark.parametrize(
    ("selectors", "parent", "found"),
    [
        ([{"collectionId": "sub"}], f"{ROOT}/c/one", ["c/one/sub/deep"]),
        (
            [{"collectionId": "c", "allDescendants": True}],
            f"{ROOT}/c/one",
            ["c/one/c/nested"],
        ),
        ([{"allDescendants": True}], f"{ROOT}/c/one", ["c/one/c/nested", "c/one/sub/deep"]),
        ([], f"{ROOT}/c/one", ["c/one/c/nested", "c/one/sub/deep"]),
        ([{"collectionId": "other"}], ROOT, ["other/c"]),
    ],
)
def test_the_scope_of_a_query(selectors, parent, found):
    assert _run({"from": selectors}, parent) == found


def test_a_collection_group_spans_all_parents():
    query = {
        "from": [{"collectionId": "c", "allDescendants": True}],
        "where": _where("EQUAL", 1),
    }
    assert _run(query) == ["c/one", "c/one/c/nested", "c/onefloat"]


@pytest.mark.parametrize(
    ("structured", "message"),
    [
        (_in_c(_where("IN", [])), "'IN' requires a non-empty ArrayValue"),
        (_in_c(_where("IN", list(range(31)))), "'IN' supports up to 30 comparison values"),
        (_in_c(_where("NOT_IN", list(range(11)))), "'NOT_IN' supports up to 10"),
        (_in_c(_where("EQUAL", 1, field="a..b")), "Invalid field path"),
        (_in_c(_where("EQUAL", "x", field="__name__")), "__key__ filter value must be a Key"),
        (_in_c(_both("AND")), "at least one filter"),
        (_in_c(limit=-1), "limit is negative"),
        (_in_c(offset=-1), "offset is negative"),
        (_in_c(orderBy=_order("v"), startAt=_cursor(1, 2, before=True)), "too many values"),
        (_in_c(orderBy=_order("-__name__")), "does not support descending key scans"),
        ({"from": [{"collectionId": "__x__"}]}, "Collection id .* is invalid because it is res"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(structured, message):
    with pytest.raises(RpcError, match=message):
        _run(structured)


def test_a_projection_keeps_the_selected_fields_only():
    query = _in_c(select={"fields": [{"fieldPath": "m.x"}, {"fieldPath": "v"}]})
    compiled = compile_query(ROOT, wire.parse_json(wire.StructuredQuery, query))
    one = next(document for document in DOCUMENTS if document.name.endswith("/one"))
    assert wire.to_json(project(one, compiled.projection))["fields"] == {
        "v": {"integerValue": "1"},
        "m": {"mapValue": {"fields": {"x": {"integerValue": "1"}}}},
    }


def test_selecting_only_the_name_leaves_no_field():
    query = _in_c(select={"fields": [{"fieldPath": "__name__"}]})
    compiled = compile_query(ROOT, wire.parse_json(wire.StructuredQuery, query))
    assert not project(DOCUMENTS[2], compiled.projection).fields
