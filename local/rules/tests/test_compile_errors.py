import pytest

from local.rules import RulesError, compile_rules
from local.rules.issues import Issue

HEAD = "rules_version = '2';\nservice cloud.firestore {\nmatch /databases/{d}/documents {\n"
TAIL = "\n}\n}"


def issues_of(source: str) -> list[tuple[int, int, str]]:
    with pytest.raises(RulesError) as caught:
        compile_rules(source, "test.rules")
    return [
        (issue.line, issue.column, issue.description)
        for issue in caught.value.issues
        if issue.severity == "ERROR"
    ]


@pytest.mark.parametrize(
    ("body", "line", "column", "description"),
    [
        ("match /x/{y} { allow read: if tru(); }", 4, 31, "Invalid function name: tru."),
        (
            "match /x/{y} { allow read: if math.nope(1); }",
            4,
            36,
            "Invalid function name: math.nope.",
        ),
        ("match /x/{y} { allow read: if ''.nope(); }", 4, 34, "Invalid function name: nope."),
        (
            "match /x/{y} { allow read: if exists(); }",
            4,
            31,
            "Function 'exists' takes 1 arguments, 0 given.",
        ),
        (
            "match /x/{y} { allow read: if ''.size(1); }",
            4,
            34,
            "Function 'size' takes 0 arguments, 1 given.",
        ),
        (
            "match /x/{y} { allow read: if math.abs(); }",
            4,
            36,
            "Function 'math.abs' takes 1 arguments, 0 given.",
        ),
        (
            "function f(a) { return a; }\nmatch /x/{y} { allow read: if f(); }",
            5,
            31,
            "Function 'f' takes 1 arguments, 0 given.",
        ),
        ("function f() { let a = 1; let a = 2; return a; }", 4, 35, "Duplicate variable 'a'."),
        ("function f(a) { let a = 1; return a; }", 4, 25, "Duplicate variable 'a'."),
        ("function f(a, a) { return a; }", 4, 10, "Duplicate parameter 'a'."),
        (
            "function f() { return 1; }\nfunction f() { return 2; }",
            5,
            10,
            "Duplicate function 'f'.",
        ),
        ("function f() { return f(); }", 4, 10, "Function 'f' calls itself."),
        ("match /x/{y} { allow read if true; }", 4, 27, "Missing ';' before 'if'."),
        (
            "match /x/{y} { allow read: true; }",
            4,
            28,
            "Missing 'if' before conditional expression.",
        ),
        ("match /x/{y} { allow reads: if true; }", 4, 22, "Unknown method 'reads'."),
        (
            "match /x/{y} { allow read: if true",
            6,
            2,
            "Unexpected end of file, expected 'match', 'function' or '}'.",
        ),
        ("match /x/{y} { allow read: if 1 +; }", 4, 34, "Unexpected ';'."),
        ("match /x/{y} { allow read: if 1 is strin; }", 4, 36, "Unknown type 'strin'."),
        ("match /x/{y} { allow read: if 'a; }", 4, 31, "Unterminated string."),
        ("match /x/{y} { allow read: if '\\d'; }", 4, 32, "Invalid escape sequence '\\\\d'."),
        (
            "match /x/{y} { allow read: if 9223372036854775808 > 0; }",
            4,
            31,
            "Integer is out of range.",
        ),
        ("match /x/{y} { allow read: if a # b; }", 4, 33, "Unexpected character '#'."),
        ("match x { }", 4, 7, "Unexpected 'x', expected a path."),
        ("match /x//y { }", 5, 1, "Unexpected '}', expected '{'."),
        (
            "match /{a=**}/x/{b=**} { allow read; }",
            4,
            26,
            "A path may hold only one recursive wildcard.",
        ),
    ],
)
def test_error_names_line_and_column(body, line, column, description):
    assert (line, column, description) in issues_of(HEAD + body + TAIL)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", (1, 1, "A ruleset needs at least one service.")),
        (
            "service cloud.datastore { }",
            (
                1,
                9,
                (
                    "Unknown service 'cloud.datastore', expected one of "
                    "cloud.firestore, firebase.storage."
                ),
            ),
        ),
        ("rules_version = '3';", (1, 17, "Unknown rules_version '3', expected '1' or '2'.")),
        (
            "function f(a,b,c,d,e,f,g,h) { return 1; } service cloud.firestore {}",
            (1, 10, "A function may take at most 7 arguments."),
        ),
        ("(" * 5000, (1, 1, "Unexpected '(', expected 'service'.")),
        (
            HEAD + "match /x/{y} { allow read: if " + "(" * 5000,
            (4, 131, "Expression is nested too deeply."),
        ),
        (" " * 300_000, (1, 1, "A ruleset may hold at most 262144 bytes.")),
        (
            "service cloud.firestore { match /{a=**}/b { allow read; } }",
            (1, 45, "A recursive wildcard must be the last segment in rules_version '1'."),
        ),
    ],
)
def test_whole_file_errors(source, expected):
    assert expected in issues_of(source)


def test_indirect_recursion_is_refused():
    body = "function f() { return g(); } function g() { return f(); }"
    assert [text for _, _, text in issues_of(HEAD + body + TAIL)] == [
        "Function 'f' calls itself.",
        "Function 'g' calls itself.",
    ]


def test_unknown_names_and_unused_functions_are_warnings():
    body = "function f() { return 1; } match /x/{y} { allow read: if z == 1; }"
    ruleset = compile_rules(HEAD + body + TAIL, "test.rules")
    assert [(issue.description, issue.severity) for issue in ruleset.warnings] == [
        ("Unused function: f.", "WARNING"),
        ("Invalid variable name: z.", "WARNING"),
    ]


@pytest.mark.parametrize(
    ("body", "line", "column", "before"),
    [
        (
            "function f() { let a = 1 return a; } match /x/{y} { allow read: if f(); }",
            4,
            26,
            "return",
        ),
        ("match /x/{y} { allow read: if true allow write; }", 4, 36, "allow"),
        ("match /x/{y} {\nallow read: if true\nmatch /z/{w} { allow get; } }", 6, 1, "match"),
        ("match /x/{y} { allow read\nfunction f() { return 1 } }", 5, 1, "function"),
    ],
)
def test_a_missing_semicolon_between_statements_is_a_warning(body, line, column, before):
    ruleset = compile_rules(HEAD + body + TAIL, "test.rules")
    assert Issue(line, column, f"Missing ';' before '{before}'.", "WARNING") in ruleset.warnings


def test_a_missing_semicolon_after_the_version_is_a_warning():
    source = "rules_version = '2'\nservice cloud.firestore { }"
    ruleset = compile_rules(source, "test.rules")
    assert ruleset.version == 2
    assert ruleset.warnings == (Issue(2, 1, "Missing ';' before 'service'.", "WARNING"),)


def test_issue_has_the_shape_that_firebase_tools_reads():
    assert Issue(3, 7, "Bad.").to_json("a.rules") == {
        "sourcePosition": {"fileName": "a.rules", "line": 3, "column": 7},
        "severity": "ERROR",
        "description": "Bad.",
    }


@pytest.mark.parametrize(
    "source",
    [
        "service cloud.firestore { match /a/{b} { allow read } }",
        "service cloud.firestore { match /a/{b} { allow read: if true } }",
        "service cloud.firestore {} service firebase.storage {}",
        "function f() { return 1; } service cloud.firestore {}",
        "/* a */ service cloud.firestore { match /a/{b=*} { allow get, list, write; } } // b",
    ],
)
def test_forms_of_published_rules(source):
    compile_rules(source, "test.rules")
