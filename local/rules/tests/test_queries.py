"""Rules are not filters: a query passes only if its constraints prove the rule."""

import pytest

from local.rules import Request, compile_rules
from local.rules.issues import EvaluationError
from local.rules.partial import CompositeFilter, FieldFilter, PartialMap, partial_documents
from local.rules.patterns import Unknown
from local.rules.tests.asking import ROOT, StoredDocuments, firestore_rules

ALICE = {"auth": {"uid": "alice"}}
UNDECIDED = "The query does not determine this value."


def where(field, operator, value):
    return FieldFilter(tuple(field.split(".")), operator, value)


def both(*filters):
    return CompositeFilter("and", filters)


def either(*filters):
    return CompositeFilter("or", filters)


def query(condition, constraints=None, documents=None):
    ruleset = firestore_rules(f"match /notes/{{note}} {{ allow list: if {condition}; }}")
    path = (*ROOT, "notes", Unknown.SEGMENT)
    requests = [
        Request(
            "cloud.firestore",
            "list",
            path,
            {"request": ALICE, "resource": PartialMap({"data": data} if data.known else {})},
        )
        for data in partial_documents(constraints)
    ]
    return ruleset.evaluate_all(requests, documents)


OWN = where("owner", "==", "alice")
OWNS = "resource.data.owner == request.auth.uid"


@pytest.mark.parametrize(
    ("condition", "constraints"),
    [
        ("request.auth != null", None),
        (OWNS, OWN),
        (OWNS, both(OWN, where("n", ">", 1))),
        (OWNS, either(both(OWN, where("n", "==", 1)), OWN)),
        (f"{OWNS} || resource.data.public", either(OWN, where("public", "==", True))),
        ("resource.data.kind in ['a', 'b']", where("kind", "in", ["a", "b"])),
        ("resource.data.kind in ['a', 'b']", where("kind", "==", "a")),
        ("'alice' in resource.data.readers", where("readers", "array-contains", "alice")),
        ("resource.data.readers.hasAny(['alice'])", where("readers", "array-contains", "alice")),
        (
            "request.auth.uid in resource.data.readers",
            where("readers", "array-contains-any", ["alice"]),
        ),
        ("resource.data.n > 5", where("n", ">", 5)),
        ("resource.data.n >= 5 && resource.data.n > 4", where("n", ">=", 5)),
        ("5 < resource.data.n", where("n", ">", 5)),
        (
            "resource.data.n < 10 && resource.data.n > 0",
            both(where("n", "<", 10), where("n", ">", 0)),
        ),
        ("resource.data.n != 3 && resource.data.n is number", where("n", ">", 3)),
        ("resource.data.n == 3", both(where("n", ">=", 3), where("n", "<=", 3))),
        ("resource.data.state != 'secret'", where("state", "!=", "secret")),
        ("!(resource.data.state in ['a', 'b'])", where("state", "not-in", ["a", "b"])),
        ("resource.data.gone == null", where("gone", "==", None)),
        ("resource.data.a.b == 1 && resource.data.a is map", where("a.b", "==", 1)),
        ("resource.data.get('owner', '') == 'alice' && 'owner' in resource.data", OWN),
        ("resource.data.get(['a', 'b'], 0) == 1", where("a.b", "==", 1)),
        ("resource != null", None),
        ("resource.data.secret == 1 || true", None),
    ],
)
def test_query_that_proves_the_rule_is_allowed(condition, constraints):
    assert query(condition, constraints).reason == ""


@pytest.mark.parametrize(
    ("condition", "constraints", "reason"),
    [
        (OWNS, None, "Null value error."),
        (OWNS, where("title", "==", "x"), "Property owner is undefined on object."),
        (OWNS, where("owner", "==", "bob"), "false"),
        (OWNS, where("owner", "in", ["alice", "bob"]), "false"),
        (OWNS, either(OWN, where("title", "==", "x")), "Property owner is undefined on object."),
        (f"!({OWNS})", None, "Null value error."),
        ("note == 'n1'", None, "Null value error."),
        ("resource.id == 'n1'", OWN, "Property id is undefined on object."),
        ("resource == null", None, "false"),
        (
            "resource.data.get('private', false) == false",
            OWN,
            "Property private is undefined on object.",
        ),
        ("!('private' in resource.data)", OWN, UNDECIDED),
        ("resource.data.keys().hasOnly(['owner'])", OWN, UNDECIDED),
        ("resource.data.size() == 1", OWN, UNDECIDED),
        ("resource.data == {'owner': 'alice'}", OWN, UNDECIDED),
        ("resource.data.n > 5", where("n", ">=", 5), UNDECIDED),
        ("resource.data.n < 5", where("n", ">", 5), "false"),
        ("resource.data.n == 6", where("n", ">", 5), UNDECIDED),
        ("resource.data.n == 5", where("n", ">", 5), "false"),
        ("resource.data.n is int", where("n", ">", 5), UNDECIDED),
        ("'bob' in resource.data.readers", where("readers", "array-contains", "alice"), UNDECIDED),
        (
            "resource.data.readers == ['alice']",
            where("readers", "array-contains", "alice"),
            UNDECIDED,
        ),
        (
            "resource.data.readers.size() == 1",
            where("readers", "array-contains", "alice"),
            UNDECIDED,
        ),
        ("['alice'].hasAll([resource.data.state])", where("state", "!=", "x"), UNDECIDED),
        ("exists(/a/$(note))", None, "Null value error."),
    ],
)
def test_query_that_does_not_prove_the_rule_is_denied(condition, constraints, reason):
    assert query(condition, constraints).reason == f"{reason} for 'list' @ L4"


def test_pinned_value_can_be_looked_up():
    condition = "get(/databases/$(database)/documents/books/$(resource.data.book)).data.open"
    documents = StoredDocuments({"books/1": {"open": True}, "books/2": {"open": False}})
    assert query(condition, where("book", "==", "1"), documents).allowed
    assert not query(condition, where("book", "in", ["1", "2"]), documents).allowed


@pytest.mark.parametrize("size", [0, 31])
def test_query_without_or_with_too_many_disjuncts_is_refused(size):
    with pytest.raises(EvaluationError):
        partial_documents(where("n", "in", list(range(size))))


GROUP = (*ROOT, Unknown.ANY_DEPTH, "songs", Unknown.SEGMENT)


@pytest.mark.parametrize(
    ("version", "pattern", "allowed"),
    [
        ("2", "/databases/{d}/documents/{path=**}/songs/{song}", True),
        ("2", "/databases/{d}/documents/{path=**}", True),
        ("2", "/databases/{d}/documents/artists/{a}/songs/{song}", False),
        ("2", "/databases/{d}/documents/{a}/{b}/songs/{song}", False),
        ("2", "/databases/{d}/documents/{a}/{b}/{path=**}", False),
        ("2", "/databases/{d}/documents/songs/{song}", False),
        ("2", "/databases/{d}/documents/{path=**}/songs/x", False),
        ("1", "/databases/{d}/documents/{path=**}", False),
    ],
)
def test_collection_group_needs_a_pattern_for_every_depth(version, pattern, allowed):
    body = f"match {pattern} {{ allow list; }}"
    source = f"rules_version = '{version}'; service cloud.firestore {{ {body} }}"
    request = Request("cloud.firestore", "list", GROUP, {})
    assert compile_rules(source, "t").evaluate(request).allowed is allowed
