"""The values of the rules language.

`null`, booleans, integers, floats, strings, bytes, lists and maps are Python's own `None`, `bool`,
`int`, `float`, `str`, `bytes`, `list` and `dict`; the other types of
https://firebase.google.com/docs/reference/rules/rules are here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.rules.issues import EvaluationError

Value = Any
"""Any value of the rules language; see the module's docstring for the Python types."""

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
NANOS_PER_SECOND = 1_000_000_000
NANOS_PER_MILLI = 1_000_000
NULL_ERROR = "Null value error."

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Binding:
    """A `$(name)` in a path literal that names no variable: `path.bind` fills it in."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A resource path; `fields` holds what `bind` filled in, by name."""

    segments: tuple[str | Binding, ...]
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Path":
        """Read `/a/b` or `a/b`; empty segments do not count."""
        return cls(tuple(part for part in text.split("/") if part))

    def grounded(self) -> tuple[str, ...]:
        """Return the segments of a path without open bindings."""
        segments = tuple(part for part in self.segments if isinstance(part, str))
        if len(segments) != len(self.segments):
            raise EvaluationError(f"Path {self} has unbound parts.")
        return segments

    def __str__(self) -> str:
        return "".join(
            f"/{part}" if isinstance(part, str) else f"/$({part.name})" for part in self.segments
        )


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A point in time, in nanoseconds since the Unix epoch."""

    nanos: int

    @classmethod
    def parse(cls, text: str) -> "Timestamp":
        """Read RFC 3339 with up to nine digits of fraction; raises ValueError."""
        whole, _, rest = text.partition(".")
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        moment = datetime.fromisoformat(whole + rest[len(digits) :] if rest else text)
        if moment.tzinfo is None:
            raise ValueError(f"{text} has no time zone")
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
        return cls(seconds * NANOS_PER_SECOND + int(digits.ljust(9, "0")[:9] or "0"))

    def moment(self) -> datetime:
        """Return the whole second as a datetime in UTC."""
        try:
            return _EPOCH + timedelta(seconds=self.nanos // NANOS_PER_SECOND)
        except OverflowError:
            raise EvaluationError("Timestamp is out of range.") from None


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of time in nanoseconds."""

    nanos: int


@dataclass(frozen=True, slots=True)
class LatLng:
    """A point on Earth, in degrees."""

    latitude: float
    longitude: float


class RulesSet:
    """A collection of unique values in order of first appearance; values need not be hashable."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Value]) -> None:
        self.items: list[Value] = []
        for item in items:
            if not any(equal(item, known) for known in self.items):
                self.items.append(item)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class MapDiff:
    """What `map.diff(other)` found: `after` is the map asked, `before` its argument."""

    after: Mapping[str, Value]
    before: Mapping[str, Value]


class Undetermined:
    """A value of which only a part is known, as in the documents that a query may return.

    Whatever cannot be told for certain is an error, so that a rule never grants by guessing.
    """

    def same(self, other: Value) -> bool:
        """Decide `self == other`."""
        raise self.undecided(other)

    def in_order(self, symbol: str, other: Value) -> bool:
        """Decide `self symbol other` for `<`, `<=`, `>`, `>=`."""
        raise self.undecided(symbol, other)

    def holds(self, item: Value) -> bool:
        """Decide `item in self`."""
        raise self.undecided(item)

    def is_a(self, wanted: str) -> bool:
        """Decide `self is wanted`."""
        raise self.undecided(wanted)

    def member(self, key: Value) -> Value:
        """Evaluate `self.key` and `self[key]`."""
        raise self.undecided(key)

    def call(self, name: str, arguments: list[Value]) -> Value:
        """Evaluate `self.name(arguments)`."""
        raise self.undecided(name, arguments)

    def undecided(self, *_: Value) -> EvaluationError:
        return EvaluationError("The query does not determine this value.")


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def contains(items: Iterable[Value], wanted: Value) -> bool:
    """Tell whether an item equals `wanted`; an undecided item matters only if no other is equal."""
    undecided: EvaluationError | None = None
    for item in items:
        try:
            if equal(item, wanted):
                return True
        except EvaluationError as error:
            undecided = error
    if undecided is not None:
        raise undecided
    return False


def equal(left: Value, right: Value) -> bool:
    """Decide `left == right`. Values of different types are unequal; 1 == 1.0 is true."""
    if isinstance(left, Undetermined):
        return left.same(right)
    if isinstance(right, Undetermined):
        return right.same(left)
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, RulesSet):
        return len(left) == len(right) and all(contains(right, item) for item in left)
    if isinstance(left, Path):
        return bool(left.segments == right.segments)
    return bool(left == right)


_TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    RulesSet: "set",
    Path: "path",
    Timestamp: "timestamp",
    Duration: "duration",
    LatLng: "latlng",
    MapDiff: "map_diff",
}
TYPE_TESTS = frozenset({*_TYPE_NAMES.values(), "number"} - {"null"})
"""The names that may follow `is`."""


def type_name(value: Value) -> str:
    return _TYPE_NAMES.get(type(value), "unknown")


def type_error(value: Value, *expected: str) -> EvaluationError:
    """Build the error of a value of the wrong type; a null says so in its own words."""
    if value is None:
        return EvaluationError(NULL_ERROR)
    wanted = ",".join(expected)
    return EvaluationError(f"Type error. Received: [{type_name(value)}] Expected: [{wanted}].")
