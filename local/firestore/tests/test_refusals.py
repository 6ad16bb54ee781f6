"""Queries that production refuses, and their neighbours that it answers."""

import grpc
import pytest

from local.firestore import wire
from local.firestore.errors import RpcError
from local.firestore.query import compile_query

ROOT = "projects/p/databases/d/documents"
KEY = {"referenceValue": f"{ROOT}/c/x"}
ONE = {"integerValue": "1"}


def _where(path, op, value=ONE):
    return {"fieldFilter": {"field": {"fieldPath": path}, "op": op, "value": value}}


def _unary(path, op):
    return {"unaryFilter": {"field": {"fieldPath": path}, "op": op}}


def _all(*filters):
    return {"compositeFilter": {"op": "AND", "filters": filters}}


def _any(*filters):
    return {"compositeFilter": {"op": "OR", "filters": filters}}


def _list(size):
    return {"arrayValue": {"values": [{"integerValue": str(number)} for number in range(size)]}}


def _order(*paths):
    return [{"field": {"fieldPath": path}} for path in paths]


def _compile(where=None, order=(), **more):
    query = {"from": [{"collectionId": "c"}], "orderBy": _order(*order), **more}
    structured = wire.parse_json(wire.StructuredQuery, query | ({"where": where} if where else {}))
    return compile_query(ROOT, structured)


MEMBERSHIPS = "A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction."
NEGATIONS = "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed"
NOT_IN = "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'."
KEY_EQUALITY = "Equality on key is not allowed if there are other inequality fields"
AFTER_KEY = "order by clause cannot contain more fields after the key"


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (_all(_where("a", "ARRAY_CONTAINS"), _where("b", "ARRAY_CONTAINS")), MEMBERSHIPS),
        (
            _all(_where("a", "ARRAY_CONTAINS"), _where("a", "ARRAY_CONTAINS_ANY", _list(2))),
            MEMBERSHIPS,
        ),
        (
            _all(
                _where("a", "ARRAY_CONTAINS"),
                _any(_where("b", "EQUAL"), _where("b", "ARRAY_CONTAINS")),
            ),
            MEMBERSHIPS,
        ),
        (_all(_where("a", "NOT_EQUAL"), _where("b", "NOT_IN", _list(1))), NEGATIONS),
        (_all(_where("a", "NOT_IN", _list(1)), _where("a", "NOT_IN", _list(2))), NEGATIONS),
        (_all(_where("a", "NOT_EQUAL"), _unary("b", "IS_NOT_NULL")), NEGATIONS),
        (_all(_where("a", "NOT_IN", _list(1)), _where("b", "IN", _list(2))), NOT_IN),
        (_any(_where("a", "NOT_IN", _list(1)), _where("b", "EQUAL")), NOT_IN),
        (_all(_where("__name__", "EQUAL", KEY), _where("a", "LESS_THAN")), KEY_EQUALITY),
        (
            _all(
                _where("__name__", "IN", {"arrayValue": {"values": [KEY]}}),
                _where("a", "NOT_EQUAL"),
            ),
            KEY_EQUALITY,
        ),
        (
            _all(_where("a", "IN", _list(16)), _where("b", "IN", _list(2))),
            "Result had 32 disjunctions which is more than the maximum of 30",
        ),
        (
            _any(*(_where("a", "EQUAL") for _ in range(31))),
            "Result had 31 disjunctions",
        ),
        (
            _all(*(_where(f"f{number:02}", "LESS_THAN") for number in range(11))),
            "The query contains 11 distinct inequality fields: [f00, f01, ",
        ),
    ],
)
def test_a_filter_that_production_refuses_is_refused_in_its_words(where, message):
    with pytest.raises(RpcError) as caught:
        _compile(where)
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("where", "order", "message"),
    [
        (_where("a", "LESS_THAN"), ["__name__"], AFTER_KEY),
        (None, ["__name__", "a"], AFTER_KEY),
        (None, ["a", "b", "a"], "order by clause cannot contain duplicate fields a"),
    ],
)
def test_an_order_that_production_refuses_is_refused_in_its_words(where, order, message):
    with pytest.raises(RpcError, match=message):
        _compile(where, order)


@pytest.mark.parametrize(
    ("where", "order"),
    [
        (_any(_where("a", "ARRAY_CONTAINS"), _where("b", "ARRAY_CONTAINS")), []),
        (_all(_where("a", "NOT_EQUAL"), _where("b", "LESS_THAN")), []),
        (_all(_where("a", "IN", _list(15)), _where("b", "IN", _list(2))), []),
        (_all(_where("a", "IN", _list(30)), _where("b", "LESS_THAN")), ["b"]),
        (_where("__name__", "GREATER_THAN", KEY), ["__name__"]),
        (_all(_where("__name__", "EQUAL", KEY), _where("a", "EQUAL")), []),
        (
            _all(
                _where("__name__", "EQUAL", KEY),
                _where("__name__", "LESS_THAN", KEY),
                _where("a", "LESS_THAN"),
            ),
            [],
        ),
        (_where("a", "LESS_THAN"), ["a", "__name__"]),
        (_all(*(_where(f"f{number}", "LESS_THAN") for number in range(10))), []),
    ],
)
def test_its_neighbour_is_answered(where, order):
    assert _compile(where, order).run([]) == []


def _vector(length):
    values = {"values": [{"doubleValue": 0.5}] * length}
    fields = {"__type__": {"stringValue": "__vector__"}, "value": {"arrayValue": values}}
    return {"mapValue": {"fields": fields}}


def test_vectors_have_at_most_2048_dimensions(raw):
    raw.commit(raw.set("c/fits", v=wire.parse_json(wire.Value, _vector(2048))))
    with pytest.raises(grpc.RpcError) as caught:
        raw.commit(raw.set("c/long", v=wire.parse_json(wire.Value, _vector(2049))))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    search = {"vectorField": {"fieldPath": "v"}, "limit": 1, "distanceMeasure": "EUCLIDEAN"}
    assert _compile(findNearest=search | {"queryVector": _vector(2048)}).vector == (("v",), 2048)
    with pytest.raises(RpcError, match="2048 dimensions"):
        _compile(findNearest=search | {"queryVector": _vector(2049)})
