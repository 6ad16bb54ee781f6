"""What can be told about a program before it runs: names, numbers of arguments, limits.

Limits: https://firebase.google.com/docs/firestore/security/rules-structure#security_rule_limits
"""

from collections.abc import Iterator

from local.rules import syntax
from local.rules.evaluator import LOOKUP_FUNCTIONS
from local.rules.issues import Issue, Severity
from local.rules.library import ARITIES_OF_METHODS, FUNCTIONS, NAMESPACES
from local.rules.program import Program, Rule, Scope

MAX_SEGMENTS = 100
MAX_WILDCARDS = 20
MAX_PARAMETERS = 7
MAX_BINDINGS = 10
_LOOKUPS = LOOKUP_FUNCTIONS["cloud.firestore"]
_GLOBALS = frozenset({"request", "resource"})


def check_source(source: syntax.SourceFile) -> list[Issue]:
    """Check what is lost once functions are in tables: names that are defined twice."""
    issues: list[Issue] = []

    def block(functions: tuple[syntax.Function, ...]) -> None:
        seen: set[str] = set()
        for function in functions:
            if function.name in seen:
                issues.append(_issue(function, f"Duplicate function '{function.name}'."))
            seen.add(function.name)

    def match(node: syntax.Match) -> None:
        block(node.functions)
        for nested in node.matches:
            match(nested)

    block(source.functions)
    for service in source.services:
        block(service.functions)
        for node in service.matches:
            match(node)
    return issues


def check_program(program: Program) -> list[Issue]:
    """Return all issues, by position."""
    issues: list[Issue] = []
    used: set[int] = set()
    for rule in program.rules:
        issues.extend(_check_pattern(rule, program.version))
        if rule.allow.condition is not None:
            checker = _Names(rule.service, rule.scope, used)
            issues.extend(checker.check(rule.allow.condition, set(rule.scope.wildcards)))
    for service, scope in program.scopes:
        for function in scope.functions.values():
            issues.extend(_check_function(function, service, scope, used))
    issues.extend(
        _issue(function, f"Unused function: {function.name}.", "WARNING")
        for _, scope in program.scopes
        for function in scope.functions.values()
        if id(function) not in used
    )
    return sorted(set(issues), key=lambda issue: (issue.line, issue.column, issue.description))


def _check_pattern(rule: Rule, version: int) -> Iterator[Issue]:
    recursive = [
        at
        for at, part in enumerate(rule.pattern)
        if isinstance(part, syntax.Wildcard) and part.recursive
    ]
    if len(recursive) > 1:
        yield _issue(rule.allow, "A path may hold only one recursive wildcard.")
    if version == 1 and recursive and recursive[0] != len(rule.pattern) - 1:
        yield _issue(
            rule.allow, "A recursive wildcard must be the last segment in rules_version '1'."
        )
    if len(rule.pattern) > MAX_SEGMENTS:
        yield _issue(rule.allow, f"A path may hold at most {MAX_SEGMENTS} segments.")
    if len(rule.scope.wildcards) > MAX_WILDCARDS:
        yield _issue(rule.allow, f"A path may hold at most {MAX_WILDCARDS} wildcards.")


def _check_function(
    function: syntax.Function, service: str, scope: Scope, used: set[int]
) -> Iterator[Issue]:
    names = set(scope.wildcards)
    if len(function.parameters) > MAX_PARAMETERS:
        yield _issue(function, f"A function may take at most {MAX_PARAMETERS} arguments.")
    if len(function.bindings) > MAX_BINDINGS:
        yield _issue(function, f"A function may hold at most {MAX_BINDINGS} let bindings.")
    own: set[str] = set()
    for name in function.parameters:
        if name in own:
            yield _issue(function, f"Duplicate parameter '{name}'.")
        own.add(name)
    checker = _Names(service, scope, used)
    for name, node in function.bindings:
        yield from checker.check(node, names | own)
        if name in own:
            yield _issue(node, f"Duplicate variable '{name}'.")
        own.add(name)
    yield from checker.check(function.result, names | own)
    if _reaches(function, function, scope, set()):
        yield _issue(function, f"Function '{function.name}' calls itself.")


def _reaches(
    target: syntax.Function, function: syntax.Function, scope: Scope, seen: set[int]
) -> bool:
    """Tell whether calling `function` may call `target`."""
    for call in _calls(function):
        found = scope.find(call.name)
        if found is None or id(found[0]) in seen:
            continue
        if found[0] is target:
            return True
        seen.add(id(found[0]))
        if _reaches(target, *found, seen):
            return True
    return False


def _calls(node: syntax.Node) -> Iterator[syntax.Call]:
    if isinstance(node, syntax.Call):
        yield node
    for child in syntax.children(node):
        yield from _calls(child)


class _Names:
    """Checks that the names in an expression mean something where it stands."""

    def __init__(self, service: str, scope: Scope, used: set[int]) -> None:
        self._service = service
        self._scope = scope
        self._used = used

    def check(self, node: syntax.Node, names: set[str]) -> Iterator[Issue]:
        """Check a tree in which `names` are variables, besides request and resource."""
        children = list(syntax.children(node))
        match node:
            case syntax.Variable() if node.name not in names | _GLOBALS:
                yield _issue(node, f"Invalid variable name: {node.name}.", "WARNING")
            case syntax.PathLiteral():
                # a name that is no variable is for `bind` to fill in
                children = [
                    child
                    for child in children
                    if not isinstance(child, syntax.Variable) or child.name in names | _GLOBALS
                ]
            case syntax.Call():
                yield from self._call(node)
            case syntax.MethodCall(target=syntax.Variable(name=name)) if (
                name not in names | _GLOBALS and self._is_namespace(name)
            ):
                yield from self._namespace_call(node, name)
                children = list(node.arguments)
            case syntax.MethodCall():
                arities = ARITIES_OF_METHODS.get(node.name)
                yield from _check_arity(node, node.name, arities, len(node.arguments))
            case _:
                pass
        for child in children:
            yield from self.check(child, names)

    def _is_namespace(self, name: str) -> bool:
        return name in NAMESPACES or (name == "firestore" and self._service != "cloud.firestore")

    def _call(self, node: syntax.Call) -> Iterator[Issue]:
        arities: frozenset[int] | None = None
        if found := self._scope.find(node.name):
            self._used.add(id(found[0]))
            arities = frozenset({len(found[0].parameters)})
        elif self._service != "firebase.storage" and node.name in _LOOKUPS:
            arities = frozenset({1})
        elif builtin := FUNCTIONS.get(node.name):
            arities = frozenset({builtin.arity})
        yield from _check_arity(node, node.name, arities, len(node.arguments))

    def _namespace_call(self, node: syntax.MethodCall, namespace: str) -> Iterator[Issue]:
        arities: frozenset[int] | None = None
        if namespace == "firestore":
            if node.name in LOOKUP_FUNCTIONS["firebase.storage"]:
                arities = frozenset({1})
        elif builtin := NAMESPACES[namespace].get(node.name):
            arities = frozenset({builtin.arity})
        yield from _check_arity(node, f"{namespace}.{node.name}", arities, len(node.arguments))


def _check_arity(
    node: syntax.Node, name: str, arities: frozenset[int] | None, given: int
) -> Iterator[Issue]:
    if arities is None:
        yield _issue(node, f"Invalid function name: {name}.")
    elif given not in arities:
        expected = " or ".join(str(arity) for arity in sorted(arities))
        yield _issue(node, f"Function '{name}' takes {expected} arguments, {given} given.")


def _issue(node: syntax.Node, description: str, severity: Severity = "ERROR") -> Issue:
    return Issue(node.line, node.column, description, severity)
