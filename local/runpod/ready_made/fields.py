"""What an endpoint takes, and the words with which it refuses the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """The job ends FAILED with these words, or with a list of them."""

    def __init__(self, words: "str | list[str]") -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    kind: type
    default: Any = None
    required: bool = False
    low: float | None = None
    high: float | None = None
    multiple: int | None = None
    choices: tuple[Any, ...] = ()

    def problem(self, name: str, value: Any) -> str | None:
        if not _is(value, self.kind):
            return f"{name} must be {_NAMES[self.kind]}"
        if self.choices and value not in self.choices:
            return f"{name} must be one of {', '.join(map(str, self.choices))}"
        if self.low is not None and value < self.low:
            return f"{name} must be at least {self.low:g}"
        if self.high is not None and value > self.high:
            return f"{name} must be at most {self.high:g}"
        if self.multiple is not None and value % self.multiple:
            return f"{name} must be divisible by {self.multiple}"
        if self.required and value == "":
            return f"{name} is required"
        return None


_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "a boolean"}


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def check(fields: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a job, defaults included; refuse it as public endpoints do."""
    values = {name: field.default for name, field in fields.items()}
    for name, value in given.items():
        if name not in fields:
            raise Refused(f"Invalid parameter: {name} is not known")
        problem = fields[name].problem(name, value)
        if problem is not None:
            raise Refused(f"Invalid parameter: {problem}")
        values[name] = value
    for name, field in fields.items():
        if field.required and name not in given:
            raise Refused(f"Invalid parameter: {name} is required")
    return values


def check_schema(schema: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every mistake at once, in the words of the SDK's validator."""
    problems = [
        f"Unexpected input. {name} is not a valid input option."
        for name in given
        if name not in schema
    ]
    values = {name: given.get(name, field.default) for name, field in schema.items()}
    for name, value in values.items():
        field = schema[name]
        if value is None and field.default is None:
            continue
        if not _is(value, field.kind):
            problems.append(f"{name} should be {field.kind} type, not {type(value)}.")
        elif field.problem(name, value) is not None:
            problems.append(f"{name} does not meet the constraints.")
    if problems:
        raise Refused(problems)
    return values
