"""https://firebase.google.com/docs/reference/rules/rules.math, and conversions between types."""

import math
from collections.abc import Callable

from local.rules.issues import EvaluationError
from local.rules.library.arguments import Builtin, in_int_range, take_number, take_string
from local.rules.values import Path, Value, type_error


def _whole(number: float) -> int:
    if not math.isfinite(number):
        raise EvaluationError("Integer overflow.")
    return in_int_range(int(number))


def _ceil(value: Value) -> int:
    number = take_number(value)
    return _whole(math.ceil(number) if math.isfinite(number) else number)


def _floor(value: Value) -> int:
    number = take_number(value)
    return _whole(math.floor(number) if math.isfinite(number) else number)


def _round(value: Value) -> int:
    """Round to the nearest integer; halves go up, as in Java's Math.round."""
    number = take_number(value)
    if isinstance(number, int):
        return number
    if not math.isfinite(number):
        return _whole(number)
    below = math.floor(number)
    return _whole(below + (number - below >= 0.5))


def _abs(value: Value) -> int | float:
    number = abs(take_number(value))
    return in_int_range(number) if isinstance(number, int) else number


def _sqrt(value: Value) -> float:
    number = take_number(value)
    return math.sqrt(number) if number >= 0 else math.nan


def _pow(base: Value, exponent: Value) -> float:
    try:
        return math.pow(take_number(base), take_number(exponent))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _is_nan(value: Value) -> bool:
    return math.isnan(take_number(value))


def _is_infinite(value: Value) -> bool:
    return math.isinf(take_number(value))


def _converted(value: Value, convert: Callable[[str], int | float], name: str) -> int | float:
    text = take_string(value)
    try:
        if len(text) > 400 or "_" in text or text != text.strip():
            raise ValueError
        return convert(text)
    except ValueError:
        raise EvaluationError(f"Cannot convert {text[:80]!r} to {name}.") from None


def _int(value: Value) -> int:
    if isinstance(value, float):
        return _whole(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return in_int_range(int(_converted(value, int, "int")))


def _float(value: Value) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float(_converted(value, float, "float"))


def _bool(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    word = take_string(value).lower()
    if word not in words:
        raise EvaluationError(f"Cannot convert {word[:80]!r} to bool.")
    return words[word]


def _string(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | Path():
            return str(value)
        case float():
            return "NaN" if math.isnan(value) else repr(value).replace("inf", "Infinity")
        case _:
            raise type_error(value, "bool", "int", "float", "string", "path")


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else take_string(value).encode()


def _path(value: Value) -> Path:
    return value if isinstance(value, Path) else Path.parse(take_string(value))


MATH = {
    "abs": Builtin(_abs, 1),
    "ceil": Builtin(_ceil, 1),
    "floor": Builtin(_floor, 1),
    "isInfinite": Builtin(_is_infinite, 1),
    "isNaN": Builtin(_is_nan, 1),
    "pow": Builtin(_pow, 2),
    "round": Builtin(_round, 1),
    "sqrt": Builtin(_sqrt, 1),
}
CONVERSIONS = {
    "bool": Builtin(_bool, 1),
    "bytes": Builtin(_bytes, 1),
    "float": Builtin(_float, 1),
    "int": Builtin(_int, 1),
    "path": Builtin(_path, 1),
    "string": Builtin(_string, 1),
}
