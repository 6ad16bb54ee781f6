"""Queries that go through an index give what those give that look at everything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.firestore import wire
from local.firestore.authorizer import Change
from local.firestore.documents import Document
from local.firestore.query import compile_query
from local.firestore.running import run_first, run_query
from local.firestore.store import CurrentView, SnapshotView, Store

ROOT = "projects/p/databases/d/documents"
STORED = 80  # enough for an index to be worth it

numbers = st.integers(-3, 3).map(lambda number: {"integerValue": str(number)})
values = numbers | st.sampled_from([{"nullValue": None}, {"stringValue": "a"}])
fields = st.fixed_dictionaries({}, optional={"v": values, "w": numbers})
commits = st.lists(st.tuples(st.integers(0, STORED), st.none() | fields), max_size=20)
ranges = st.lists(
    st.tuples(
        st.sampled_from(["LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN"]), values | numbers
    ),
    max_size=2,
)


@st.composite
def queries(draw):
    direction = {"direction": draw(st.sampled_from(["ASCENDING", "DESCENDING"]))}
    query = {
        "from": [{"collectionId": "c"}],
        "orderBy": [{"field": {"fieldPath": "v"}, **direction}],
    }
    if draw(st.booleans()):
        query["orderBy"].append({"field": {"fieldPath": "w"}})
    found = [
        {"fieldFilter": {"field": {"fieldPath": "v"}, "op": op, "value": value}}
        for op, value in draw(ranges)
    ]
    if found:
        query["where"] = {"compositeFilter": {"op": "AND", "filters": found}}
    if draw(st.booleans()):
        query["limit"] = draw(st.integers(0, 9))
        query["offset"] = draw(st.integers(0, 4))
    if draw(st.booleans()):
        query["startAt"] = {"values": [draw(numbers)], "before": draw(st.booleans())}
    return compile_query(ROOT, wire.parse_json(wire.StructuredQuery, query))


def put(store, version, number, data):
    name = f"{ROOT}/c/{number:03}"
    parsed = None if data is None else dict(wire.parse_json(wire.Document, {"fields": data}).fields)
    after = None if parsed is None else Document(name, parsed, version, version)
    if after is not None or store.get(name) is not None:
        store.apply(version, [Change(name, store.get(name), after)])


@settings(max_examples=150, deadline=None)
@given(st.lists(fields, min_size=STORED, max_size=STORED), commits, queries())
def test_an_index_gives_the_same_in_the_same_order_before_and_after_changes(stored, later, query):
    store = Store()
    for number, data in enumerate(stored):
        put(store, 1, number, data)
    view = CurrentView(store)
    assert run_query(query, view) == query.run(store.scan(query.scope))
    for number, data in later:
        put(store, 2, number, data)
    assert run_query(query, view) == query.run(store.scan(query.scope))
    assert run_query(query, SnapshotView(store, 1)) == query.run(store.scan_at(query.scope, 1))
    for size in (None, 0, 3):
        assert run_first(query, size, view) == query.first(size, store.scan(query.scope))


class Watched(CurrentView):
    """Counts the documents that a query is given to look at."""

    seen = 0

    def walk(self, scope, walk):
        for document in super().walk(scope, walk):
            self.seen += 1
            yield document

    def scan(self, *_):
        raise AssertionError("the whole collection was looked at")


@pytest.mark.parametrize(
    ("more", "found", "seen"),
    [
        ({"limit": 3}, ["000", "001", "002"], 4),
        ({"limit": 2, "orderBy": [("v", "DESCENDING")]}, ["199", "198"], 3),
        ({"limit": 2, "offset": 1}, ["001", "002"], 4),
        ({"below": 2}, ["000", "001"], 3),  # the end of a range is looked at
        ({"below": -1, "limit": 10}, [], 0),
        ({"limit": 2, "startAt": {"values": [{"integerValue": "150"}]}}, ["151", "152"], 4),
    ],
)
def test_no_more_is_looked_at_than_a_query_needs(more, found, seen):
    store = Store()
    for number in range(200):
        put(store, 1, number, {"v": {"integerValue": str(number)}})
    orders = more.pop("orderBy", [("v", "ASCENDING")])
    below = more.pop("below", None)
    query = {
        "from": [{"collectionId": "c"}],
        "orderBy": [{"field": {"fieldPath": path}, "direction": way} for path, way in orders],
        **more,
    }
    if below is not None:
        operand = {"field": {"fieldPath": "v"}, "value": {"integerValue": str(below)}}
        query["where"] = {"fieldFilter": {**operand, "op": "LESS_THAN"}}
    view = Watched(store)
    compiled = compile_query(ROOT, wire.parse_json(wire.StructuredQuery, query))
    names = [document.name[-3:] for _, document in run_query(compiled, view)]
    assert (names, view.seen) == (found, seen)
