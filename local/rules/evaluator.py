"""Evaluates expressions by walking their trees."""

from collections.abc import Callable, Mapping

from local.rules import operators, syntax
from local.rules.issues import EvaluationError, LimitExceeded
from local.rules.library import FUNCTIONS, METHODS, NAMESPACES
from local.rules.lookups import Lookups
from local.rules.program import Rule, Scope
from local.rules.values import NULL_ERROR, Binding, Path, Undetermined, Value, type_error

MAX_STEPS = 1000
MAX_CALL_DEPTH = 20
"""https://firebase.google.com/docs/firestore/security/rules-structure#security_rule_limits"""

LOOKUP_FUNCTIONS = {
    "cloud.firestore": frozenset({"get", "exists", "getAfter", "existsAfter"}),
    "firebase.storage": frozenset({"get", "exists"}),
}
"""Global in Firestore's rules, in the namespace `firestore` in Storage's."""


_CASES: dict[type[syntax.Node], str] = {
    syntax.Constant: "_constant",
    syntax.Variable: "_variable",
    syntax.ListLiteral: "_list",
    syntax.MapLiteral: "_map",
    syntax.PathLiteral: "_path",
    syntax.Member: "_member",
    syntax.Index: "_index",
    syntax.Slice: "_slice",
    syntax.Unary: "_unary",
    syntax.Binary: "_binary",
    syntax.Logical: "_logical",
    syntax.TypeTest: "_type_test",
    syntax.Conditional: "_conditional",
    syntax.Call: "_call",
    syntax.MethodCall: "_method_call",
}
"""The method that evaluates each kind of node."""


class _Binding:
    """A `let`: evaluated when it is first used, so that an error in it counts only then."""

    __slots__ = ("_error", "_evaluate", "_value")

    def __init__(self, evaluate: Callable[[], Value]) -> None:
        self._evaluate: Callable[[], Value] | None = evaluate
        self._error: EvaluationError | None = None
        self._value: Value = None

    def value(self) -> Value:
        if self._evaluate is not None:
            evaluate, self._evaluate = self._evaluate, None
            try:
                self._value = evaluate()
            except EvaluationError as error:
                self._error = error
        if self._error is not None:
            raise self._error
        return self._value


class _Frame:
    """The names that an expression sees."""

    __slots__ = ("captures", "scope", "variables")

    def __init__(self, scope: Scope, captures: list[Value], variables: dict[str, Value]) -> None:
        self.scope = scope
        self.captures = captures
        self.variables = variables

    def has(self, name: str) -> bool:
        return name in self.variables


class Evaluator:
    """Evaluates the conditions of one request, which share one budget of steps."""

    def __init__(self, service: str, variables: Mapping[str, Value], lookups: Lookups) -> None:
        self._service = service
        self._globals = dict(variables)
        self._lookups = lookups
        self._steps = 0
        self._depth = 0

    def condition(self, rule: Rule, captures: list[Value]) -> Value:
        """Return the value of an allow's condition; raises EvaluationError."""
        if rule.allow.condition is None:
            return True
        return self._evaluate(rule.allow.condition, self._frame(rule.scope, captures))

    def _frame(self, scope: Scope, captures: list[Value]) -> _Frame:
        # a scope sees the wildcards around it; zip stops at its own, the outermost ones
        wildcards = dict(zip(scope.wildcards, captures, strict=False))
        return _Frame(scope, captures, self._globals | wildcards)

    def _evaluate(self, node: syntax.Node, frame: _Frame) -> Value:
        self._steps += not isinstance(node, syntax.Constant | syntax.Variable)
        if self._steps > MAX_STEPS:
            raise LimitExceeded(f"Maximum of {MAX_STEPS} expressions to evaluate has been reached.")
        evaluate: Callable[[syntax.Node, _Frame], Value] = getattr(self, _CASES[type(node)])
        return evaluate(node, frame)

    def _constant(self, node: syntax.Constant, _: _Frame) -> Value:
        return node.value

    def _variable(self, node: syntax.Variable, frame: _Frame) -> Value:
        if node.name not in frame.variables:
            raise EvaluationError(f"Variable not found error: Name: [{node.name}].")
        value = frame.variables[node.name]
        return value.value() if isinstance(value, _Binding) else value

    def _list(self, node: syntax.ListLiteral, frame: _Frame) -> Value:
        return [self._evaluate(item, frame) for item in node.items]

    def _map(self, node: syntax.MapLiteral, frame: _Frame) -> Value:
        result: dict[str, Value] = {}
        for key_node, value_node in node.entries:
            key = self._evaluate(key_node, frame)
            if not isinstance(key, str):
                raise type_error(key, "string")
            result[key] = self._evaluate(value_node, frame)
        return result

    def _path(self, node: syntax.PathLiteral, frame: _Frame) -> Value:
        segments: list[str | Binding] = []
        for part in node.segments:
            if isinstance(part, str):
                segments.append(part)
            elif isinstance(part, syntax.Variable) and not frame.has(part.name):
                segments.append(Binding(part.name))
            else:
                value = self._evaluate(part, frame)
                if isinstance(value, Path):
                    segments.extend(value.segments)
                elif isinstance(value, str):
                    segments.append(value)
                elif isinstance(value, Undetermined):
                    raise value.undecided()
                else:
                    raise type_error(value, "string", "path")
        return Path(tuple(segments))

    def _member(self, node: syntax.Member, frame: _Frame) -> Value:
        return operators.member(self._evaluate(node.target, frame), node.name)

    def _index(self, node: syntax.Index, frame: _Frame) -> Value:
        target = self._evaluate(node.target, frame)
        return operators.at_index(target, self._evaluate(node.index, frame))

    def _slice(self, node: syntax.Slice, frame: _Frame) -> Value:
        target = self._evaluate(node.target, frame)
        start = self._evaluate(node.start, frame)
        return operators.slice_of(target, start, self._evaluate(node.stop, frame))

    def _unary(self, node: syntax.Unary, frame: _Frame) -> Value:
        value = self._evaluate(node.operand, frame)
        if node.operator == "-":
            return operators.negate(value)
        if not isinstance(value, bool):
            raise type_error(value, "bool")
        return not value

    def _binary(self, node: syntax.Binary, frame: _Frame) -> Value:
        left = self._evaluate(node.left, frame)
        return operators.binary(node.operator, left, self._evaluate(node.right, frame))

    def _logical(self, node: syntax.Logical, frame: _Frame) -> Value:
        """Evaluate until one operand decides; an error counts only if none does."""
        decisive = node.operator == "||"
        first_error: EvaluationError | None = None
        for operand in node.operands:
            try:
                value = self._evaluate(operand, frame)
                if not isinstance(value, bool):
                    raise type_error(value, "bool")
                if value is decisive:
                    return decisive
            except LimitExceeded:
                raise
            except EvaluationError as error:
                first_error = first_error or error
        if first_error is not None:
            raise first_error
        return not decisive

    def _type_test(self, node: syntax.TypeTest, frame: _Frame) -> Value:
        return operators.is_of_type(self._evaluate(node.operand, frame), node.type_name)

    def _conditional(self, node: syntax.Conditional, frame: _Frame) -> Value:
        condition = self._evaluate(node.condition, frame)
        if not isinstance(condition, bool):
            raise type_error(condition, "bool")
        return self._evaluate(node.when_true if condition else node.when_false, frame)

    def _call(self, node: syntax.Call, frame: _Frame) -> Value:
        arguments = [self._evaluate(argument, frame) for argument in node.arguments]
        if found := frame.scope.find(node.name):
            return self._call_function(*found, arguments, frame)
        if self._service == "cloud.firestore" and node.name in LOOKUP_FUNCTIONS[self._service]:
            return self._lookups.call(node.name, *arguments)
        builtin = FUNCTIONS.get(node.name)
        if builtin is None:
            raise EvaluationError(f"Function not found error: Name: [{node.name}].")
        return builtin.call(*_determined(arguments))

    def _call_function(
        self, function: syntax.Function, scope: Scope, arguments: list[Value], caller: _Frame
    ) -> Value:
        if self._depth >= MAX_CALL_DEPTH:
            raise LimitExceeded(f"Function calls are nested more than {MAX_CALL_DEPTH} deep.")
        frame = self._frame(scope, caller.captures)
        frame.variables.update(zip(function.parameters, arguments, strict=True))
        for name, node in function.bindings:
            # a binding sees the names before it, so each gets its own copy of them
            seen = _Frame(scope, frame.captures, dict(frame.variables))
            frame.variables[name] = _Binding(
                lambda node=node, seen=seen: self._evaluate(node, seen)  # type: ignore[misc]
            )
        self._depth += 1
        try:
            return self._evaluate(function.result, frame)
        finally:
            self._depth -= 1

    def _method_call(self, node: syntax.MethodCall, frame: _Frame) -> Value:
        target_node = node.target
        if isinstance(target_node, syntax.Variable) and not frame.has(target_node.name):
            arguments = [self._evaluate(argument, frame) for argument in node.arguments]
            return self._call_in_namespace(target_node.name, node.name, arguments)
        target = self._evaluate(target_node, frame)
        arguments = [self._evaluate(argument, frame) for argument in node.arguments]
        if target is None:
            raise EvaluationError(NULL_ERROR)
        if isinstance(target, Undetermined):
            return target.call(node.name, arguments)
        builtin = METHODS.get(type(target), {}).get(node.name)
        if builtin is None or builtin.arity != len(arguments):
            raise EvaluationError(f"Function not found error: Name: [{node.name}].")
        return builtin.call(target, *_determined(arguments))

    def _call_in_namespace(self, namespace: str, name: str, arguments: list[Value]) -> Value:
        if namespace == "firestore" and self._service == "firebase.storage":
            return self._lookups.call(name, *arguments)
        builtin = NAMESPACES.get(namespace, {}).get(name)
        if builtin is None:
            raise EvaluationError(f"Variable not found error: Name: [{namespace}].")
        return builtin.call(*_determined(arguments))


def _determined(arguments: list[Value]) -> list[Value]:
    """Refuse arguments that a query leaves open: built-ins take values only."""
    for argument in arguments:
        if isinstance(argument, Undetermined):
            raise argument.undecided()
    return arguments
