"""The `where` of a query: compiled to a predicate on documents, and what narrows its scan.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#structuredquery
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.field_paths import NAME, FieldPath, parse_field_path, value_at
from local.firestore.normal_form import operator_name
from local.firestore.order import OrderKey, Rank, name_key, order_key

Predicate: TypeAlias = Callable[[Document], bool]

_MAX_VALUES = {"IN": 30, "ARRAY_CONTAINS_ANY": 30, "NOT_IN": 10}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
}
_NULL: OrderKey = (Rank.NULL,)
_NAN = order_key(wire.Value(double_value=float("nan")))


@dataclass(frozen=True)
class Narrowing:
    """The field at `path` has one of these keys in every match: an index can find the matches."""

    path: FieldPath
    keys: tuple[OrderKey, ...]


@dataclass(frozen=True)
class Range:
    """What a field's key lies between in every match, both ends included; None: it has no end."""

    low: OrderKey | None = None
    high: OrderKey | None = None

    def within(self, other: Range) -> Range:
        """What is in both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Range(max(lows, default=None), min(highs, default=None))


@dataclass(frozen=True)
class Compiled:
    """A filter, ready to be asked."""

    matches: Predicate
    inequalities: frozenset[FieldPath] = frozenset()
    narrowings: tuple[Narrowing, ...] = ()
    ranges: tuple[tuple[FieldPath, Range], ...] = ()


def field_key(document: Document, path: FieldPath) -> OrderKey | None:
    """Build the sort key of a document's field, None if it lacks the field."""
    if path == NAME:
        return (Rank.REFERENCE, name_key(document.name))
    value = value_at(document.fields, path)
    return None if value is None else order_key(value)


def compile_filter(where: wire.Filter) -> Compiled:
    """Compile a filter; raises INVALID_ARGUMENT if it makes no sense."""
    match where.WhichOneof("filter_type"):
        case "field_filter":
            return _field_filter(where.field_filter)
        case "unary_filter":
            return _unary_filter(where.unary_filter)
        case "composite_filter":
            return _composite_filter(where.composite_filter)
        case _:
            return Compiled(lambda _: True)


def _composite_filter(composite: wire.CompositeFilter) -> Compiled:
    parts = [compile_filter(part) for part in composite.filters]
    if not parts:
        raise invalid("A composite filter must have at least one filter.")
    predicates = [part.matches for part in parts]
    inequalities = frozenset(path for part in parts for path in part.inequalities)
    if operator_name(composite) == "AND":
        narrowings = tuple(found for part in parts for found in part.narrowings)
        return Compiled(
            lambda document: all(matches(document) for matches in predicates),
            inequalities,
            narrowings,
            tuple(found for part in parts for found in part.ranges),
        )
    if operator_name(composite) == "OR":
        return Compiled(
            lambda document: any(matches(document) for matches in predicates), inequalities
        )
    raise invalid("A composite filter must have an operator.")


def _unary_filter(unary: wire.UnaryFilter) -> Compiled:
    path = parse_field_path(unary.field.field_path)
    match operator_name(unary):
        case "IS_NULL":
            return _one_of(path, [_NULL])
        case "IS_NAN":
            return _one_of(path, [_NAN])
        case "IS_NOT_NULL":
            return _is_not(path, _NULL)
        case "IS_NOT_NAN":
            return _is_not(path, _NAN)
        case _:
            raise invalid("A unary filter must have an operator.")


def _field_filter(where: wire.FieldFilter) -> Compiled:
    path = parse_field_path(where.field.field_path)
    if path == NAME:
        _check_name_operand(where)
    name = operator_name(where)
    match name:
        case "EQUAL":
            return _one_of(path, _comparable([order_key(where.value)]))
        case "NOT_EQUAL":
            return _none_of(path, [order_key(where.value)])
        case "IN":
            return _one_of(path, _comparable(_operands(name, where.value)))
        case "NOT_IN":
            return _none_of(path, _operands(name, where.value))
        case "ARRAY_CONTAINS":
            return _contains_any(path, _comparable([order_key(where.value)]))
        case "ARRAY_CONTAINS_ANY":
            return _contains_any(path, _comparable(_operands(name, where.value)))
        case _ if name in _COMPARISONS:
            return _compare(path, name, order_key(where.value))
        case _:
            raise invalid("A field filter must have an operator.")


def _comparable(keys: list[OrderKey]) -> list[OrderKey]:
    """Drop null and NaN: as operands they equal nothing; IS_NULL and IS_NAN find them."""
    return [key for key in keys if key not in (_NULL, _NAN)]


def _one_of(path: FieldPath, keys: list[OrderKey]) -> Compiled:
    return Compiled(
        lambda document: field_key(document, path) in keys,
        narrowings=(Narrowing(path, tuple(keys)),),
    )


def _none_of(path: FieldPath, keys: list[OrderKey]) -> Compiled:
    never = _NULL in keys  # nothing is known to differ from null
    excluded = [_NULL, *_comparable(keys)]

    def matches(document: Document) -> bool:
        key = field_key(document, path)
        return not (never or key is None or key in excluded)

    return Compiled(matches, frozenset([path]))


def _is_not(path: FieldPath, excluded: OrderKey) -> Compiled:
    def matches(document: Document) -> bool:
        key = field_key(document, path)
        return not (key is None or key in (_NULL, excluded))

    return Compiled(matches, frozenset([path]))


def _contains_any(path: FieldPath, keys: list[OrderKey]) -> Compiled:
    def matches(document: Document) -> bool:
        key = field_key(document, path)
        return key is not None and key[0] == Rank.ARRAY and any(item in keys for item in key[1])

    return Compiled(matches)


def _compare(path: FieldPath, name: str, operand: OrderKey) -> Compiled:
    never, holds = operand in (_NULL, _NAN), _COMPARISONS[name]
    # Only values of the operand's type match; keys begin with their type.
    same_type = Range((operand[0],), (operand[0] + 1,))
    given = Range(high=operand) if name.startswith("LESS") else Range(low=operand)

    def matches(document: Document) -> bool:
        key = field_key(document, path)
        if never or key is None or key[0] != operand[0] or key == _NAN:
            return False
        return holds(key, operand)

    return Compiled(matches, frozenset([path]), ranges=((path, same_type.within(given)),))


def _operands(name: str, value: wire.Value) -> list[OrderKey]:
    values = value.array_value.values
    if not value.HasField("array_value") or not values:
        raise invalid(f"'{name}' requires a non-empty ArrayValue.")
    if len(values) > _MAX_VALUES[name]:
        raise invalid(f"'{name}' supports up to {_MAX_VALUES[name]} comparison values.")
    return [order_key(item) for item in values]


def _check_name_operand(where: wire.FieldFilter) -> None:
    operands: Iterator[wire.Value] = (
        iter(where.value.array_value.values)
        if where.value.HasField("array_value")
        else iter((where.value,))
    )
    for operand in operands:
        if not operand.HasField("reference_value"):
            raise invalid("__key__ filter value must be a Key")
