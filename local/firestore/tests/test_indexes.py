"""Which index a query needs, and what is said when it is missing."""

import json

import grpc
import pytest

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import RpcError
from local.firestore.index_entries import check_index_entries
from local.firestore.index_use import IndexPolicy, missing_index
from local.firestore.indexes import Indexes, load_indexes, parse_indexes
from local.firestore.query import compile_query

ROOT = "projects/p/databases/d/documents"
ONE = {"integerValue": "1"}
LIST = {"arrayValue": {"values": [ONE]}}
UP, DOWN = "ASCENDING", "DESCENDING"


def _where(path, op="EQUAL"):
    value = LIST if op in ("IN", "ARRAY_CONTAINS_ANY", "NOT_IN") else ONE
    return {"fieldFilter": {"field": {"fieldPath": path}, "op": op, "value": value}}


def _query(*filters, order=(), group=False, op="AND", **more):
    structured = {
        "from": [{"collectionId": "c", "allDescendants": group}],
        "orderBy": [
            {"field": {"fieldPath": path.lstrip("-")}, "direction": DOWN if path[0] == "-" else UP}
            for path in order
        ],
        **more,
    }
    if filters:
        structured["where"] = {"compositeFilter": {"op": op, "filters": filters}}
    return compile_query(ROOT, wire.parse_json(wire.StructuredQuery, structured))


def _index(*fields, group=False):
    def one(text):
        if text.startswith("*"):
            return {"fieldPath": text[1:], "arrayConfig": "CONTAINS"}
        return {"fieldPath": text.lstrip("-"), "order": DOWN if text[0] == "-" else UP}

    scope = "COLLECTION_GROUP" if group else "COLLECTION"
    return {"collectionGroup": "c", "queryScope": scope, "fields": [*map(one, fields)]}


def _indexes(*entries):
    return parse_indexes({"indexes": entries})


@pytest.mark.parametrize(
    "query",
    [
        _query(),
        _query(group=True),
        _query(order=["a"]),
        _query(order=["-a", "-__name__"]),
        _query(_where("a"), _where("b"), _where("m.x")),
        _query(_where("a"), order=["-__name__"]),
        _query(_where("a"), _where("b", "ARRAY_CONTAINS")),
        _query(_where("a", "ARRAY_CONTAINS"), order=["-__name__"]),
        _query(_where("a", "GREATER_THAN"), _where("a", "LESS_THAN"), order=["-a"]),
        _query(_where("a"), order=["a"]),
        _query(_where("a", "NOT_EQUAL")),
        _query(_where("a"), _where("b"), op="OR"),
    ],
)
def test_the_automatic_indexes_answer(query):
    assert missing_index(query, Indexes()) is None


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (_query(_where("a"), order=["b"]), _index("a", "b")),
        (_query(_where("a", "IN"), order=["-b"]), _index("a", "-b")),
        (_query(_where("a"), _where("b", "LESS_THAN")), _index("a", "b")),
        (_query(_where("a"), _where("b"), order=["-m.x"]), _index("a", "b", "-m.x")),
        (_query(order=["a", "-b"]), _index("a", "-b")),
        (_query(order=["-a", "__name__"]), _index("-a", "__name__")),
        (_query(_where("t", "ARRAY_CONTAINS"), order=["-a"]), _index("*t", "-a")),
        (_query(_where("a", "LESS_THAN"), _where("b", "LESS_THAN")), _index("a", "b")),
        (_query(_where("a"), order=["-b"], group=True), _index("a", "-b", group=True)),
        (_query(_where("a"), _where("b", "LESS_THAN"), op="OR"), _index("a", "b")),
    ],
)
def test_a_query_names_the_composite_index_that_it_lacks_and_is_answered_with_it(query, index):
    missing = missing_index(query, Indexes())
    assert missing.to_json() == index
    assert missing_index(query, _indexes(index)) is None


@pytest.mark.parametrize(
    "index",
    [_index("a", "b"), _index("-b", "a"), _index("a", "-b", group=True), _index("a", "-b", "x")],
)
def test_an_index_of_another_direction_order_or_scope_does_not_do(index):
    assert missing_index(_query(_where("a"), order=["-b"]), _indexes(index)) is not None


def test_indexes_that_run_alike_are_merged():
    query = _query(_where("a"), _where("b"), order=["-n"])
    assert missing_index(query, _indexes(_index("a", "-n"), _index("b", "-n"))) is None
    assert missing_index(query, _indexes(_index("a", "-n"), _index("b", "n"))) is not None


def test_a_last_name_that_runs_with_its_index_makes_no_difference():
    query = _query(_where("a"), order=["-b", "-__name__"])
    assert missing_index(query, _indexes(_index("a", "-b", "-__name__"))) is None
    assert missing_index(query, _indexes(_index("a", "-b", "__name__"))) is not None


def _override(path, *indexes):
    entries = [{"queryScope": scope, "order": order} for scope, order in indexes]
    return {"collectionGroup": "c", "fieldPath": path, "indexes": entries}


def test_a_collection_group_needs_an_override_for_one_field():
    query = _query(_where("a", "LESS_THAN"), group=True)
    override = _override("a", ("COLLECTION_GROUP", UP))
    assert missing_index(query, Indexes()).to_json() == override
    indexes = parse_indexes({"fieldOverrides": [override]})
    assert missing_index(query, indexes) is None
    assert missing_index(_query(order=["-a"], group=True), indexes) is not None
    assert missing_index(_query(order=["a"]), indexes) is not None  # the override is complete


def test_a_field_that_is_exempt_cannot_be_asked_for_nor_what_is_in_it():
    indexes = parse_indexes(
        {"fieldOverrides": [_override("m"), _override("m.x", ("COLLECTION", UP))]}
    )
    assert missing_index(_query(order=["m"]), indexes) is not None
    assert missing_index(_query(_where("m.y")), indexes) is not None
    assert missing_index(_query(_where("m.x")), indexes) is None


def test_a_vector_search_needs_an_index_of_its_length():
    vector = {
        "fields": {
            "__type__": {"stringValue": "__vector__"},
            "value": {"arrayValue": {"values": [{"doubleValue": 1}] * 3}},
        }
    }
    search = {
        "vectorField": {"fieldPath": "v"},
        "queryVector": {"mapValue": vector},
        "distanceMeasure": "COSINE",
        "limit": 1,
    }
    for query in (_query(findNearest=search), _query(_where("a"), findNearest=search)):
        missing = missing_index(query, Indexes()).to_json()
        assert missing["fields"][-1] == {
            "fieldPath": "v",
            "vectorConfig": {"dimension": 3, "flat": {}},
        }
        assert missing_index(query, _indexes(missing)) is None
        missing["fields"][-1]["vectorConfig"]["dimension"] = 4
        assert missing_index(query, _indexes(missing)) is not None


def test_a_missing_index_is_printed_once_as_it_is_to_be_added(caplog):
    policy = IndexPolicy()
    query = _query(_where("a"), order=["-b"])
    policy.check(query)
    policy.check(query)
    (record,) = caplog.records
    assert "Add it to indexes of firestore.indexes.json" in record.message
    assert json.loads(record.message[record.message.index("{") :]) == _index("a", "-b")


def test_where_indexes_are_required_a_missing_one_is_an_error():
    policy = IndexPolicy(_indexes(_index("a", "-b")), required=True)
    policy.check(_query(_where("a"), order=["-b"]))
    with pytest.raises(RpcError, match="The query requires an index") as caught:
        policy.check(_query(_where("a"), order=["b"]))
    assert caught.value.code == grpc.StatusCode.FAILED_PRECONDITION
    with pytest.raises(RpcError, match="requires a COLLECTION_GROUP_DESC index for collection c"):
        policy.check(_query(order=["-a"], group=True))


@pytest.mark.parametrize(
    "content", ["[", "[]", '{"indexes": [{}]}', '{"fieldOverrides": [{"collectionGroup": "c"}]}']
)
def test_a_file_that_is_none_is_named(tmp_path, content):
    path = tmp_path / "firestore.indexes.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"firestore.indexes.json is no firestore.indexes.json"):
        load_indexes(path)


def _numbers(count):
    items = [wire.Value(integer_value=2**40 + number) for number in range(count)]
    return wire.Value(array_value=wire.ArrayValue(values=items))


def test_a_document_has_at_most_40000_index_entries():
    fits = {"n": _numbers(19_999)}  # two entries for each number, and two for the whole
    check_index_entries(Document(f"{ROOT}/c/x", fits, 1, 1), Indexes())
    for fields in ({"n": _numbers(20_000)}, fits | {"m": wire.Value(integer_value=1)}):
        with pytest.raises(RpcError, match="too many index entries for entity /c/x"):
            check_index_entries(Document(f"{ROOT}/c/x", fields, 1, 1), Indexes())
        exempt = parse_indexes({"fieldOverrides": [_override("n")]})
        check_index_entries(Document(f"{ROOT}/c/x", fields, 1, 1), exempt)


def test_fields_within_fields_have_index_entries_of_their_own():
    inner = {f"field{number}": wire.Value(integer_value=number) for number in range(19_999)}
    full = {"m": wire.Value(map_value=wire.MapValue(fields=inner))}
    check_index_entries(Document(f"{ROOT}/c/x", full, 1, 1), Indexes())
    with pytest.raises(RpcError, match="too many index entries"):
        check_index_entries(
            Document(f"{ROOT}/c/x", full | {"a": wire.Value(null_value=0)}, 1, 1), Indexes()
        )
