"""Whatever the source, only RulesError comes out; whatever the request, a Decision."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from local.rules import Decision, Request, RulesError, compile_rules
from local.rules.library import ARITIES_OF_METHODS, FUNCTIONS, NAMESPACES
from local.rules.partial import FieldFilter, PartialMap, partial_documents
from local.rules.values import Path, Timestamp

WORDS = [
    "rules_version", "service", "cloud.firestore", "firebase.storage", "match", "allow", "read",
    "write", "if", "function", "f", "let", "return", "=", "==", "!=", "<", "<=", "&&", "||", "!",
    "-", "+", "*", "/", "%", "(", ")", "[", "]", "{", "}", ":", ";", ",", ".", "?", "in", "is",
    "int", "string", "'2'", "'a'", "b'x'", "1", "1.5", "null", "true", "/a/$(b)", "{x=**}", "{y}",
    "/databases/{d}/documents", "$(", "//", "/*", "request", "resource", "'", "é", "\\", "\x00",
]  # fmt: skip
METHODS = sorted(ARITIES_OF_METHODS)
VALUES = [
    "null", "true", "0", "-1", "9223372036854775807", "1.5", "''", "'a.b'", "b'\\xff'", "[]",
    "[1, 'a', null]", "{}", "{'a': {'b': 1}}", "/a/$(b)", "/a/1", "[1, 1].toSet()", "request",
    "timestamp.value(9223372036854775807)", "duration.value(-9223372036854775807, 'w')",
    "latlng.value(-90, 180)", "{'a': 1}.diff({'b': 2})", "resource", "resource.data.a",
    "resource.data.r", "request.auth.uid", "(1.0 / 0)", "(0.0 / 0)", "unknown",
]  # fmt: skip
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||", "in"]
FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@seed(1)
@FUZZ
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=40).map(" ".join))
def test_any_source_compiles_or_is_refused(source):
    for text in (source, f"service cloud.firestore {{ match /a/{{b}} {{ allow read: if {source}"):
        with contextlib.suppress(RulesError):
            compile_rules(text, "fuzz")


def expressions():
    def grow(inner):
        pair = st.tuples(inner, inner)
        operator = st.sampled_from(OPERATORS)
        binary = st.tuples(inner, operator, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        method = st.tuples(inner, st.sampled_from(METHODS), st.lists(inner, max_size=3)).map(
            lambda t: f"({t[0]}).{t[1]}({', '.join(t[2])})"
        )
        namespaced = st.sampled_from(
            [f"{space}.{name}" for space, names in NAMESPACES.items() for name in names]
            + [*FUNCTIONS, "get", "exists", "getAfter"]
        )
        call = st.tuples(namespaced, st.lists(inner, max_size=4)).map(
            lambda t: f"{t[0]}({', '.join(t[1])})"
        )
        return (
            binary
            | method
            | call
            | pair.map(lambda t: f"({t[0]})[{t[1]}]")
            | pair.map(lambda t: f"({t[0]})[{t[1]}:{t[0]}]")
            | pair.map(lambda t: f"({t[0]} is int ? {t[1]} : !{t[0]})")
            | inner.map(lambda e: f"(-{e})")
            | inner.map(lambda e: f"[{e}]")
            | inner.map(lambda e: f"{{'k': {e}}}")
            | inner.map(lambda e: f"/x/$({e})")
        )

    return st.recursive(st.sampled_from(VALUES), grow, max_leaves=6)


@pytest.mark.parametrize("method", ["get", "list"])
@seed(2)
@FUZZ
@given(expression=expressions())
def test_any_expression_ends_in_a_decision(expression, method):
    source = f"service cloud.firestore {{ match /a/{{b}} {{ allow read: if {expression}; }} }}"
    try:
        ruleset = compile_rules(source, "fuzz")
    except RulesError:
        return  # a wrong number of arguments
    data = {"a": 1, "r": [Path(("a", "b")), float("nan"), 2.5], "t": Timestamp(5)}
    resource = {"data": data}
    if method == "list":
        resource = PartialMap({"data": partial_documents(FieldFilter(("r",), ">", 5))[0]})
    request = Request(
        "cloud.firestore", method, ("a", "1"), {"request": {"auth": None}, "resource": resource}
    )
    assert isinstance(ruleset.evaluate(request), Decision)


def test_doubling_values_end_at_a_limit():
    doubles = " ".join(f"let s{n} = s{n - 1} + s{n - 1};" for n in range(1, 10))
    functions = " ".join(
        f"function f{n}(s0) {{ {doubles} return {f'f{n + 1}(s9)' if n < 9 else 's9'}; }}"
        for n in range(10)
    )
    rule = "match /a/{b} { allow read: if f0('ab') == ''; }"
    source = f"service cloud.firestore {{ {functions} {rule} }}"
    request = Request("cloud.firestore", "get", ("a", "1"), {})
    assert "Value is too long." in compile_rules(source, "bomb").evaluate(request).reason
