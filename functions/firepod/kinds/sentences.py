"""What is wrong with a field, in the words of who filled it in. Pure.

A validator speaks of items, patterns and types; a person of characters, pixels and files. What was
sent is never repeated: it may be a secret, and it is in the log of whoever sent it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from firepod.kinds.fields import EXTRA, METADATA, Field
from firepod.kinds.spelling import near

Bounds = Mapping[str, Any]  # any of `min`, `max`, `multiple_of` and `one_of`
NO_BOUNDS: Bounds = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Found:
    """What the validator found: the kind of its error, its bounds, and the value."""

    kind: str
    bounds: Mapping[str, Any]
    value: Any


_SAID: dict[str, Callable[[Found], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a known field",
    "value_error": lambda found: str(found.bounds["error"]),
    "string_type": lambda _: "must be a text",
    "string_unicode": lambda _: "is not valid Unicode text",
    "string_too_long": lambda found: (
        f"may have at most {found.bounds['max_length']} characters; this one has {len(found.value)}"
    ),
    "string_too_short": lambda found: (
        "is empty"
        if found.bounds["min_length"] == 1
        else f"needs at least {found.bounds['min_length']} characters"
    ),
}
_MAPS = {EXTRA.name, METADATA.name}
_WHOLE = {"int_type", "int_parsing", "int_from_float", "int_parsing_size"}
_NUMBER = {"float_type", "float_parsing", "finite_number"}
_BEYOND = {"greater_than_equal", "less_than_equal", "multiple_of"}


def sentence(
    found: Found, name: str = "", field: Field | None = None, closer: Bounds = NO_BOUNDS
) -> str:
    """What is wrong, as a predicate of the field's name."""
    if name in _MAPS and found.kind != "value_error":
        return "must be a flat map: names, and for each a text, a number, true, false or null"
    if found.kind in _SAID:
        return _SAID[found.kind](found)
    if found.kind == "string_pattern_mismatch" and field is not None and field.form:
        return f"must be {field.form}"
    if field is not None and "one_of" in closer:
        return f"must be {allowed(field, closer)}"
    if found.kind in {"literal_error", "enum"}:
        return _choice(found, field)
    if found.kind in _WHOLE | _NUMBER | _BEYOND:
        return f"must be {number(field, closer)}" if field else _plain_number(found)
    return "is not what this field takes"


def allowed(field: Field, closer: Bounds) -> str:
    """The values that a field takes, with the closer bounds of a model."""
    if "one_of" not in closer:
        return number(field, closer)
    choices = [str(one) for one in closer["one_of"]]
    return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"


def number(field: Field, closer: Bounds) -> str:
    """The numbers that a field takes, with the closer bounds of a model if it has some."""
    multiple = closer.get("multiple_of", field.multiple)
    what = "a whole number" if field.kind == "integer" else "a number"
    if multiple:
        what = f"a multiple of {multiple:g}"
    low, high = closer.get("min", field.low), closer.get("max", field.high)
    unit = f" {field.unit}" if field.unit else ""
    if low is None or high is None:
        return what
    if low == high:
        return _short(low)
    return f"{what} between {_short(low)} and {_short(high)}{unit}"


def _choice(found: Found, field: Field | None) -> str:
    if field is None:
        return f"must be one of {str(found.bounds['expected']).replace(chr(39), '')}"
    guess = near(found.value, field.choices) if isinstance(found.value, str) else ""
    return f"must be one of {', '.join(field.choices)}{guess}"


def _plain_number(found: Found) -> str:
    bounds = found.bounds
    match found.kind:
        case "greater_than_equal":
            return f"must be at least {bounds['ge']}"
        case "less_than_equal":
            return f"must be at most {bounds['le']}"
        case "multiple_of":
            return f"must be a multiple of {bounds['multiple_of']}"
    return "must be a whole number" if found.kind in _WHOLE else "must be a number"


def _short(value: float) -> str:
    """9007199254740991 as it is, 30 rather than 30.0."""
    return str(int(value)) if value == int(value) else f"{value:g}"
