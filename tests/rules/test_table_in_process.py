"""The Firestore part of table.json, asked of the rules directly: no process, no network."""

import contextlib
import json
import pathlib

import pytest

from local.firestore import wire
from local.firestore.authorization import RulesAuthorizer
from local.firestore.authorizer import Change
from local.firestore.callers import ADMIN, Caller
from local.firestore.documents import Document
from local.firestore.errors import RpcError
from local.rules import compile_rules

ROOT = "projects/demo/databases/(default)/documents"
FOLDER = pathlib.Path(__file__).parent
TABLE = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))
OPERATORS = {
    "==": wire.StructuredQuery.FieldFilter.EQUAL,
    "in": wire.StructuredQuery.FieldFilter.IN,
}
CALLERS = {
    name: Caller(admin=False, auth=user and {"uid": user["uid"], "token": user["claims"]})
    for name, user in TABLE["who"].items()
} | {"admin": ADMIN}


class EmptyDatabase:
    def get(self, _name):
        return None


@pytest.fixture(scope="module")
def authorizer():
    source = (FOLDER.parents[1] / "firestore.rules").read_text(encoding="utf-8")
    return RulesAuthorizer(compile_rules(source, "firestore.rules"))


def who_may(ask):
    allowed = []
    for name, caller in CALLERS.items():
        with contextlib.suppress(RpcError):
            ask(caller)
            allowed.append(name)
    return sorted(allowed)


def expected(group):
    return sorted(TABLE["groups"].get(group, group) if isinstance(group, str) else group)


@pytest.mark.parametrize("row", TABLE["firestore"]["documents"], ids=lambda row: row["path"])
def test_documents(authorizer, row):
    name = f"{ROOT}/{row['path']}"
    view = EmptyDatabase()
    document = Document(name, {"user_id": wire.Value(string_value="alice")}, 1, 1)
    before = None if row.get("missing") else document
    assert who_may(lambda caller: authorizer.get(caller, name, before, view)) == expected(
        row["get"]
    )
    changes = {
        "create": Change(name, None, document),
        "update": Change(name, document, document),
        "delete": Change(name, before, None),
    }
    for method, change in changes.items():
        may = who_may(
            lambda caller, change=change: authorizer.write(
                caller, [change], view, view, wire.timestamp(5)
            )
        )
        assert may == expected(row[method]), method


@pytest.mark.parametrize("row", TABLE["firestore"]["queries"], ids=json.dumps)
def test_queries(authorizer, row):
    query = wire.StructuredQuery()
    *above, collection = row["path"].split("/")
    query.from_.add(collection_id=collection, all_descendants=bool(row.get("group")))
    for field, operator, value in row.get("where", []):
        item = query.where.composite_filter.filters.add().field_filter
        query.where.composite_filter.op = wire.StructuredQuery.CompositeFilter.AND
        item.field.field_path = field
        item.op = OPERATORS[operator]
        for text in value if isinstance(value, list) else [value]:
            if isinstance(value, list):
                item.value.array_value.values.add(string_value=text)
            else:
                item.value.string_value = text
    parent = "/".join([ROOT, *above])
    may = who_may(lambda caller: authorizer.list(caller, parent, query, EmptyDatabase()))
    assert may == expected(row["allow"])
