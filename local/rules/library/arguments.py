"""How built-in functions are declared, and how they take their arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from local.rules.issues import EvaluationError
from local.rules.values import INT_MAX, INT_MIN, RulesSet, Value, is_number, type_error

MAX_SIZE = 1 << 20
"""Longest string, bytes or list that a rule may build: no more fits into a document."""

Sized = TypeVar("Sized", str, list[Value])


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function and how many arguments it takes, its receiver not counted."""

    call: Callable[..., Value]
    arity: int


def take_string(value: Value) -> str:
    if not isinstance(value, str):
        raise type_error(value, "string")
    return value


def take_int(value: Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise type_error(value, "int")
    return value


def take_number(value: Value) -> int | float:
    if not is_number(value):
        raise type_error(value, "int", "float")
    return value  # type: ignore[no-any-return]  # is_number has just said so


def take_items(value: Value) -> list[Value]:
    """Take a list or a set."""
    if isinstance(value, RulesSet):
        return value.items
    if not isinstance(value, list):
        raise type_error(value, "list", "set")
    return value


def in_int_range(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise EvaluationError("Integer overflow.")
    return value


def check_size(value: Sized) -> Sized:
    if len(value) > MAX_SIZE:
        raise EvaluationError("Value is too long.")
    return value
