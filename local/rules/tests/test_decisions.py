"""Which rules apply to a request, what they see, and what a denial says."""

import pytest

from local.rules import Request, compile_rules
from local.rules.lookups import AccessBudget
from local.rules.tests.asking import StoredDocuments, ask, firestore_rules

ALICE = {"uid": "alice", "token": {"admin": True}}


def test_without_a_matching_rule_everything_is_denied():
    ruleset = firestore_rules("match /a/{id} { allow get; }")
    assert ask(ruleset, "get", "b/1").reason == "No matching allow statements"
    assert ask(ruleset, "list", "a/1").reason == "No matching allow statements"
    assert ask(ruleset, "get", "a/1/b/2").reason == "No matching allow statements"
    assert ask(ruleset, "get", "a/1").allowed


def test_any_rule_that_is_true_grants():
    ruleset = firestore_rules(
        "match /a/{id} { allow get: if 1 / 0 == 1; allow get: if false; }\n"
        "match /{all=**} { allow read; }"
    )
    assert ask(ruleset, "get", "a/1").allowed


def test_denial_names_each_rule_and_its_line():
    ruleset = firestore_rules(
        "match /a/{id} {\nallow get: if resource.data.x;\nallow read: if false;\n"
        "allow get: if request.auth.token.nope;\n}"
    )
    decision = ask(ruleset, "get", "a/1", auth={"token": {}})
    assert decision.reason == (
        "Null value error. for 'get' @ L5, false for 'get' @ L6, "
        "Property nope is undefined on object. for 'get' @ L7"
    )


@pytest.mark.parametrize(
    ("version", "path", "allowed"),
    [
        ("1", "a", None),
        ("1", "a/b", True),
        ("1", "a/b/c/d", True),
        ("2", "a/b", True),
        ("2", "a/b/c/d", True),
    ],
)
def test_recursive_wildcard_takes_the_rest_of_the_path(version, path, allowed):
    ruleset = firestore_rules("match /a/{rest=**} { allow get: if rest is path; }", version)
    assert ask(ruleset, "get", path).allowed is bool(allowed)


def test_recursive_wildcard_takes_no_segment_in_version_2_only():
    for version, allowed in (("1", False), ("2", True)):
        ruleset = firestore_rules("match /a/b/{rest=**} { allow get; }", version)
        assert ask(ruleset, "get", "a/b").allowed is allowed


def test_recursive_wildcard_may_stand_in_the_middle_in_version_2():
    ruleset = firestore_rules(
        "match /{parents=**}/songs/{song} { allow get: if parents == path('/x/1'); }"
    )
    assert ask(ruleset, "get", "x/1/songs/2").allowed
    assert not ask(ruleset, "get", "songs/2").allowed
    assert not ask(ruleset, "get", "x/1/films/2").allowed


def test_functions_see_the_wildcards_around_their_definition_only():
    ruleset = firestore_rules(
        "function own() { return request.auth.uid == owner; }\n"
        "match /u/{owner} { function mine() { return request.auth.uid == owner; }\n"
        "allow get: if mine(); allow create: if own(); }"
    )
    assert ask(ruleset, "get", "u/alice", auth=ALICE).allowed
    assert "owner" in ask(ruleset, "create", "u/alice", auth=ALICE).reason


def test_let_builds_on_earlier_ones_and_fails_only_when_used():
    ruleset = firestore_rules(
        "function f(a) { let b = a + 1; let c = b * 2; let bad = 1 / 0; return c == 4 || bad; }\n"
        "match /x/{id} { allow get: if f(1); allow create: if f(2); }"
    )
    assert ask(ruleset, "get", "x/1").allowed
    assert ask(ruleset, "create", "x/1").reason.startswith("Division by zero.")


def test_write_stands_for_create_update_and_delete():
    ruleset = firestore_rules("match /x/{id} { allow write; }")
    assert [ask(ruleset, method, "x/1").allowed for method in ("create", "update", "delete")] == [
        True
    ] * 3
    assert not ask(ruleset, "get", "x/1").allowed


def test_rules_of_another_service_do_not_apply():
    ruleset = compile_rules(
        "service firebase.storage { match /{all=**} { allow read; } } service cloud.firestore {}",
        "both",
    )
    assert not ask(ruleset, "get", "x/1").allowed
    assert ruleset.evaluate(Request("firebase.storage", "get", ("b", "B", "o", "x"), {})).allowed


LOOK_UP = "match /x/{id} { allow get: if %s; allow update: if %s; }"


def look_up(condition, documents, method="get"):
    ruleset = firestore_rules(LOOK_UP % (condition, condition))
    return ask(ruleset, method, "x/1", documents=documents, auth=ALICE)


def test_get_and_exists_find_documents():
    documents = StoredDocuments({"users/alice": {"role": "editor"}})
    user = "/databases/$(database)/documents/users/$(request.auth.uid)"
    assert look_up(f"get({user}).data.role == 'editor'", documents).allowed
    assert look_up(f"exists({user}) && get({user}).id == 'alice'", documents).allowed
    missing = "/databases/$(database)/documents/users/bob"
    assert look_up(f"!exists({missing}) && get({missing}) == null", documents).allowed
    assert look_up(f"get({missing}).data.role == 'x'", documents).reason.startswith("Null value")


def test_after_functions_see_the_state_after_the_write():
    documents = StoredDocuments({}, after={"users/alice": {"n": 1}})
    user = "/databases/(default)/documents/users/alice"
    assert look_up(f"existsAfter({user}) && getAfter({user}).data.n == 1", documents).allowed
    assert not look_up(f"exists({user})", documents).allowed


def test_ten_documents_may_be_looked_up_and_repeats_are_free():
    documents = StoredDocuments({})
    path = "exists(/databases/(default)/documents/a/d%d)"
    ten = " || ".join(path % n for n in range(10))
    assert look_up(f"({ten} || {path % 0} || true)", documents).allowed
    assert len(documents.reads) == 10
    eleven = " || ".join(path % n for n in range(11))
    decision = look_up(f"({eleven} || true)", documents)
    assert decision.reason == ("Too many document access calls: the limit is 10. for 'get' @ L4")


def test_requests_of_one_commit_share_a_budget():
    ruleset = firestore_rules(
        "match /x/{id} { allow create: if !exists(/databases/(default)/documents/a/$(id)); }"
    )
    budget = AccessBudget(2)
    paths = [("databases", "(default)", "documents", "x", name) for name in "abc"]
    decisions = [
        ruleset.evaluate(
            Request("cloud.firestore", "create", path, {}), StoredDocuments({}), budget
        ).allowed
        for path in paths
    ]
    assert decisions == [True, True, False]


def test_a_thousand_expressions_are_the_limit():
    chain = " && ".join(["1 == 1"] * 999)
    assert ask(
        firestore_rules(f"match /x/{{id}} {{ allow get: if {chain}; }}"), "get", "x/1"
    ).allowed
    chain += " && 1 == 1"
    denied = ask(
        firestore_rules(f"match /x/{{id}} {{ allow get: if {chain} || true; }}"), "get", "x/1"
    )
    assert denied.reason.startswith("Maximum of 1000 expressions")


def test_calls_nest_twenty_deep():
    def rules(depth):
        functions = "\n".join(f"function f{n}() {{ return f{n + 1}(); }}" for n in range(depth - 1))
        return firestore_rules(
            f"{functions}\nfunction f{depth - 1}() {{ return true; }}\n"
            "match /x/{id} { allow get: if f0(); }"
        )

    assert ask(rules(20), "get", "x/1").allowed
    assert "more than 20 deep" in ask(rules(21), "get", "x/1").reason
