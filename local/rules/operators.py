"""Operators on values: arithmetic, order, membership, indexes, slices and types."""

import math
import operator
from collections.abc import Callable

from local.rules.issues import EvaluationError
from local.rules.library.arguments import check_size, in_int_range, take_int
from local.rules.values import (
    NULL_ERROR,
    Duration,
    Path,
    RulesSet,
    Timestamp,
    Undetermined,
    Value,
    contains,
    equal,
    is_number,
    type_error,
    type_name,
)

_ORDER: dict[str, Callable[[Value, Value], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NUMERIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def binary(symbol: str, left: Value, right: Value) -> Value:
    """Apply any operator with two operands, both evaluated."""
    if symbol == "==":
        return equal(left, right)
    if symbol == "!=":
        return not equal(left, right)
    if symbol == "in":
        return is_member(left, right)
    if symbol in _ORDER:
        return in_order(symbol, left, right)
    return arithmetic(symbol, left, right)


def in_order(symbol: str, left: Value, right: Value) -> bool:
    if isinstance(left, Undetermined):
        return left.in_order(symbol, right)
    if isinstance(right, Undetermined):
        return right.in_order(_MIRRORED[symbol], left)
    comparable = is_number(left) and is_number(right)
    if not comparable:
        comparable = type(left) is type(right) and isinstance(
            left, str | bytes | Timestamp | Duration
        )
    if not comparable:
        raise _no_operator(symbol, left, right)
    return _ORDER[symbol](left, right)


def is_member(item: Value, container: Value) -> bool:
    if isinstance(container, Undetermined):
        return container.holds(item)
    if isinstance(container, dict):
        if not isinstance(item, str):
            raise type_error(item, "string")
        return item in container
    if not isinstance(container, list | RulesSet):
        raise type_error(container, "list", "map", "set")
    return contains(container, item)


def arithmetic(symbol: str, left: Value, right: Value) -> Value:
    if is_number(left) and is_number(right):
        return _number(symbol, left, right)
    if symbol == "+" and isinstance(left, str) and isinstance(right, str):
        return check_size(left + right)
    match left, symbol, right:
        case Timestamp(), "+" | "-", Duration():
            return Timestamp(_NUMERIC[symbol](left.nanos, right.nanos))
        case Duration(), "+", Timestamp():
            return Timestamp(left.nanos + right.nanos)
        case Timestamp(), "-", Timestamp():
            return Duration(left.nanos - right.nanos)
        case Duration(), "+" | "-", Duration():
            return Duration(_NUMERIC[symbol](left.nanos, right.nanos))
        case _:
            raise _no_operator(symbol, left, right)


def _number(symbol: str, left: float, right: float) -> int | float:
    if isinstance(left, int) and isinstance(right, int):
        if symbol in _NUMERIC:
            return in_int_range(_NUMERIC[symbol](left, right))
        if right == 0:
            raise EvaluationError("Division by zero.")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return in_int_range(quotient if symbol == "/" else left - right * quotient)
    left, right = float(left), float(right)
    if symbol in _NUMERIC:
        return float(_NUMERIC[symbol](left, right))
    if symbol == "%":
        return math.fmod(left, right) if right and math.isfinite(left) else math.nan
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def negate(value: Value) -> int | float:
    if isinstance(value, int) and not isinstance(value, bool):
        return in_int_range(-value)
    if not isinstance(value, float):
        raise type_error(value, "int", "float")
    return -value


def at_index(target: Value, index: Value) -> Value:
    """Evaluate `target[index]`."""
    if isinstance(target, Undetermined):
        return target.member(index)
    if isinstance(target, dict) or (isinstance(target, Path) and isinstance(index, str)):
        if not isinstance(index, str):
            raise type_error(index, "string")
        return member(target, index)
    items = target.grounded() if isinstance(target, Path) else target
    if not isinstance(items, list | str | tuple):
        raise type_error(target, "list", "map", "path", "string")
    at = take_int(index)
    if not 0 <= at < len(items):
        raise EvaluationError(f"Index {at} is out of range.")
    return items[at]


def slice_of(target: Value, start: Value, stop: Value) -> Value:
    """Evaluate `target[start:stop]`; the upper bound is not part of it."""
    if not isinstance(target, list | str | bytes):
        raise type_error(target, "list", "string", "bytes")
    low, high = take_int(start), take_int(stop)
    if not 0 <= low <= high <= len(target):
        raise EvaluationError(f"Range {low}:{high} is out of range.")
    return target[low:high]


def member(target: Value, name: str) -> Value:
    """Evaluate `target.name`."""
    if isinstance(target, Undetermined):
        return target.member(name)
    if target is None:
        raise EvaluationError(NULL_ERROR)
    if isinstance(target, dict) and name in target:
        return target[name]
    if isinstance(target, Path):
        for field, value in target.fields:
            if field == name:
                return value
    raise EvaluationError(f"Property {name} is undefined on object.")


def is_of_type(value: Value, wanted: str) -> bool:
    if isinstance(value, Undetermined):
        return value.is_a(wanted)
    return type_name(value) == wanted or (wanted == "number" and is_number(value))


def _no_operator(symbol: str, left: Value, right: Value) -> EvaluationError:
    if left is None or right is None:
        return EvaluationError(NULL_ERROR)
    return EvaluationError(
        f"Unsupported operation error. Received: {type_name(left)} {symbol} {type_name(right)}."
    )
