"""The bridge between Firestore's messages and the rules."""

import logging

import pytest

from local.firestore import wire
from local.firestore.authorization import RulesAuthorizer
from local.firestore.authorizer import Change
from local.firestore.callers import Caller
from local.firestore.documents import Document
from local.firestore.errors import RpcError
from local.rules import compile_rules

ROOT = "projects/demo/databases/(default)/documents"
ALICE = Caller(admin=False, auth={"uid": "alice", "token": {"sub": "alice"}})
UnaryFilter = wire.StructuredQuery.UnaryFilter


def firestore_rules(body):
    match = f"match /databases/{{database}}/documents {{\n{body}\n}}"
    source = f"rules_version = '2';\nservice cloud.firestore {{\n{match} }}"
    return compile_rules(source, "test.rules")


class Database:
    def __init__(self, *documents):
        self.documents = {document.name: document for document in documents}

    def get(self, name):
        return self.documents.get(name)


def document(path, **fields):
    return Document(f"{ROOT}/{path}", fields, 1, 1)


def may_get(condition, stored, *others):
    f = "function f() { return resource.data.f; }"
    rules = firestore_rules(f"{f} match /x/{{id}} {{ allow get: if {condition}; }}")
    authorizer = RulesAuthorizer(rules)
    try:
        authorizer.get(ALICE, f"{ROOT}/x/1", stored, Database(*others))
    except RpcError as error:
        return error.message
    return True


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ({"null_value": 0}, "f() == null"),
        ({"boolean_value": True}, "f() == true"),
        ({"integer_value": 5}, "f() == 5 && f() is int"),
        ({"double_value": 5.0}, "f() == 5 && f() is float"),
        ({"string_value": "é"}, "f() == 'é'"),
        ({"bytes_value": b"\xff"}, "f() == b'\\xff'"),
        (
            {"timestamp_value": {"seconds": 1, "nanos": 5}},
            "f().nanos() == 5 && f().toMillis() == 1000",
        ),
        ({"geo_point_value": {"latitude": 1}}, "f() == latlng.value(1, 0)"),
        ({"reference_value": f"{ROOT}/a/b"}, "f() == /databases/(default)/documents/a/b"),
        ({"array_value": {"values": [{"integer_value": 1}]}}, "f() == [1]"),
        ({"map_value": {"fields": {"a": {"integer_value": 1}}}}, "f() == {'a': 1}"),
    ],
)
def test_every_type_of_field_is_seen(value, condition):
    assert may_get(condition, document("x/1", f=wire.Value(**value))) is True


def test_variables_of_a_read():
    condition = (
        "request.method == 'get' && request.path == /databases/(default)/documents/x/1"
        " && request.auth.token.sub == 'alice' && request.time > timestamp.date(2024, 1, 1)"
        " && resource.id == '1' && resource.__name__ == request.path"
    )
    assert may_get(condition, document("x/1")) is True


def test_missing_document_is_a_null_resource():
    assert may_get("resource == null", None) is True


def test_other_documents_can_be_looked_up_in_the_same_database_only():
    user = document("users/alice", role=wire.Value(string_value="editor"))
    path = "get(/databases/%s/documents/users/%s).data.role == 'editor'"
    assert may_get(path % ("$(database)", "$(request.auth.uid)"), None, user) is True
    assert "Null value" in may_get(path % ("$(database)", "bob"), None, user)
    assert "not the path of a document" in may_get(path % ("other", "alice"), None, user)
    assert "not the path of a document" in may_get(path % ("$(database)", "alice/a"), None, user)


def test_denial_is_told_and_logged_with_the_line_of_the_rule(caplog):
    with caplog.at_level(logging.WARNING):
        assert may_get("false", None) == "\nfalse for 'get' @ L4"
    assert caplog.messages == [
        "denied: get '/databases/(default)/documents/x/1' to 'alice': false for 'get' @ L4"
    ]


def test_write_sees_before_after_and_the_time_of_the_request():
    rules = firestore_rules(
        "match /x/{id} {\n"
        "allow create: if resource == null && request.resource.data.at == request.time;\n"
        "allow update: if resource.data.n == 1 && request.resource.data.n == 2;\n"
        "allow delete: if request.resource == null"
        " && !existsAfter(/databases/(default)/documents/x/$(id))"
        " && exists(/databases/(default)/documents/x/$(id));\n}"
    )
    one, two = (document("x/1", n=wire.Value(integer_value=n)) for n in (1, 2))
    at = document("x/1", at=wire.Value(timestamp_value=wire.timestamp(5_000)))
    authorizer = RulesAuthorizer(rules)

    def write(change, before, after):
        authorizer.write(ALICE, [change], before, after, wire.timestamp(5_000))

    write(Change(at.name, None, at), Database(), Database(at))
    write(Change(one.name, one, two), Database(one), Database(two))
    write(Change(one.name, one, None), Database(one), Database())
    with pytest.raises(RpcError, match="false for 'update' @ L6"):
        write(Change(one.name, two, one), Database(two), Database(one))


def test_commit_is_denied_if_one_of_its_changes_is():
    authorizer = RulesAuthorizer(firestore_rules("match /x/{id} { allow create: if id == 'a'; }"))
    changes = [Change(f"{ROOT}/x/{name}", None, document(f"x/{name}")) for name in "ab"]
    authorizer.write(ALICE, changes[:1], Database(), Database(), wire.timestamp(1))
    with pytest.raises(RpcError):
        authorizer.write(ALICE, changes, Database(), Database(), wire.timestamp(1))


def may_list(condition, **query):
    rules = firestore_rules(f"match /x/{{id}} {{ allow list: if {condition}; }}")
    message = wire.StructuredQuery(from_=[{"collection_id": "x"}], **query)
    try:
        RulesAuthorizer(rules).list(ALICE, ROOT, message, Database())
    except RpcError as error:
        return error.message
    return True


def test_query_variables():
    assert may_list("request.query.limit <= 10", limit={"value": 10}) is True
    assert may_list("request.query.limit <= 10", limit={"value": 11}) == "\nfalse for 'list' @ L4"
    assert "Null value error." in may_list("request.query.limit <= 10")
    assert may_list("request.query.offset == 3 && request.method == 'list'", offset=3) is True


def test_unary_filters_and_filters_on_the_name():
    is_null = {"unary_filter": {"op": UnaryFilter.IS_NULL, "field": {"field_path": "a.`b c`"}}}
    assert may_list("resource.data.a['b c'] == null", where=is_null) is True
    name = {
        "field_filter": {
            "op": wire.StructuredQuery.FieldFilter.EQUAL,
            "field": {"field_path": "__name__"},
            "value": {"reference_value": f"{ROOT}/x/1"},
        }
    }
    assert "Null value error." in may_list("id == '1'", where=name)
    assert may_list("request.auth != null", where=name) is True


def test_query_without_a_collection_is_denied():
    authorizer = RulesAuthorizer(firestore_rules("match /{all=**} { allow read; }"))
    with pytest.raises(RpcError):
        authorizer.list(ALICE, ROOT, wire.StructuredQuery(), Database())


def test_collection_group_needs_more_than_the_rule_of_one_collection():
    authorizer = RulesAuthorizer(firestore_rules("match /x/{id} { allow list; }"))
    collection = wire.StructuredQuery(from_=[{"collection_id": "x"}])
    authorizer.list(ALICE, ROOT, collection, Database())
    group = wire.StructuredQuery(from_=[{"collection_id": "x", "all_descendants": True}])
    with pytest.raises(RpcError):
        authorizer.list(ALICE, ROOT, group, Database())
