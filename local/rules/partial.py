"""What is known of the documents that a query may return, before any is read.

Rules are not filters (https://firebase.google.com/docs/firestore/security/rules-query): a query is
allowed only if its constraints prove the rule for every document that it could return. Each
disjunct of the query becomes one partly known document; whatever the constraints do not pin down
is an error value, and an error never grants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from local.rules.issues import EvaluationError
from local.rules.operators import in_order
from local.rules.values import (
    NULL_ERROR,
    Undetermined,
    Value,
    contains,
    equal,
    is_number,
    type_name,
)

MAX_DISJUNCTS = 30
"""https://firebase.google.com/docs/firestore/query-data/queries#limits_on_or_queries"""


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """`operator` is one of == != < <= > >= in not-in array-contains array-contains-any."""

    field: tuple[str, ...]
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class CompositeFilter:
    """All ("and") or any ("or") of some filters."""

    operator: str
    filters: tuple["Filter", ...]


Filter = FieldFilter | CompositeFilter


class Unbound(Undetermined):
    """A wildcard that the query's path does not fix."""

    def undecided(self, *_: Value) -> EvaluationError:
        return EvaluationError(NULL_ERROR)


class PartialMap(Undetermined):
    """A map that has these fields, and perhaps others."""

    def __init__(self, known: dict[str, Value]) -> None:
        self.known = known

    def member(self, key: Value) -> Value:
        if isinstance(key, str) and key in self.known:
            return self.known[key]
        if not self.known:
            raise EvaluationError(NULL_ERROR)
        raise EvaluationError(f"Property {key} is undefined on object.")

    def holds(self, item: Value) -> bool:
        if isinstance(item, str) and item in self.known:
            return True
        raise self.undecided()

    def is_a(self, wanted: str) -> bool:
        return wanted == "map"

    def same(self, other: Value) -> bool:
        if isinstance(other, Undetermined | dict):
            raise self.undecided()
        return False

    def call(self, name: str, arguments: list[Value]) -> Value:
        if name != "get" or len(arguments) != 2:
            raise self.undecided()
        # without a constraint the field may hold anything, so the default proves nothing
        key = arguments[0]
        found: Value = self
        for step in key if isinstance(key, list) else [key]:
            if isinstance(found, PartialMap):
                found = found.member(step)
            elif isinstance(found, dict) and isinstance(step, str):
                if step not in found:
                    return arguments[1]
                found = found[step]
            else:
                raise self.undecided()
        return found


class PartialList(Undetermined):
    """A list that holds these items, and perhaps others."""

    def __init__(self, known: list[Value]) -> None:
        self.known = known

    def holds(self, item: Value) -> bool:
        if contains(self.known, item):
            return True
        raise self.undecided()

    def is_a(self, wanted: str) -> bool:
        return wanted == "list"

    def same(self, other: Value) -> bool:
        if isinstance(other, Undetermined | list):
            raise self.undecided()
        return False

    def call(self, name: str, arguments: list[Value]) -> Value:
        wanted = arguments[0] if len(arguments) == 1 else None
        if isinstance(wanted, list):
            found = [contains(self.known, item) for item in wanted]
            if (name == "hasAny" and any(found)) or (name == "hasAll" and all(found)):
                return True
        raise self.undecided()


@dataclass
class Bounded(Undetermined):
    """A value between bounds, of the bounds' type, and none of `excluded`."""

    bounds: list[tuple[str, Value]] = field(default_factory=list)
    """`("<", 5)`: the value is less than 5."""
    excluded: list[Value] = field(default_factory=list)

    def in_order(self, symbol: str, other: Value) -> bool:
        if isinstance(other, Undetermined) or not self._comparable(other):
            raise self.undecided()
        opposite = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}[symbol]
        for bound, limit in self.bounds:
            if _implies(bound, limit, symbol, other):
                return True
            if _implies(bound, limit, opposite, other):
                return False
        raise self.undecided()

    def same(self, other: Value) -> bool:
        if isinstance(other, Undetermined):
            raise self.undecided()
        if contains(self.excluded, other):
            return False
        if self.bounds and not self._comparable(other):
            return False
        if any(not in_order(symbol, other, limit) for symbol, limit in self.bounds):
            return False
        at = [limit for symbol, limit in self.bounds if symbol in ("<=", ">=")]
        sides = {symbol for symbol, limit in self.bounds if equal(limit, other)}
        if at and {"<=", ">="} <= sides:
            return True
        raise self.undecided()

    def is_a(self, wanted: str) -> bool:
        if not self.bounds:
            raise self.undecided()
        sample = self.bounds[0][1]
        if not is_number(sample):
            return type_name(sample) == wanted
        if wanted in ("int", "float"):
            raise self.undecided()
        return wanted == "number"

    def _comparable(self, other: Value) -> bool:
        return all(
            (is_number(limit) and is_number(other)) or type(limit) is type(other)
            for _, limit in self.bounds
        )


def _implies(bound: str, limit: Value, symbol: str, other: Value) -> bool:
    """Tell whether `x bound limit` proves `x symbol other`."""
    direction = symbol[0]
    if bound[0] != direction:
        return False
    # only x <= 5 is too weak for its own limit: it does not prove x < 5
    strict = bound == direction + "=" and symbol == direction
    return in_order(direction if strict else direction + "=", limit, other)


def partial_documents(where: Filter | None) -> list[PartialMap]:
    """Return one partly known `resource.data` for every disjunct of a query's filter."""
    if where is None:
        return [PartialMap({})]
    return [_document(conjunction) for conjunction in _disjuncts(where)]


def _disjuncts(where: Filter) -> list[list[FieldFilter]]:
    """Bring a filter into disjunctive normal form; `in` is a disjunction of `==`."""
    if isinstance(where, FieldFilter):
        expanded = {"in": "==", "array-contains-any": "array-contains"}.get(where.operator)
        if expanded is None or not isinstance(where.value, list):
            return [[where]]
        found = [[FieldFilter(where.field, expanded, item)] for item in where.value]
    elif where.operator == "or":
        found = [conjunction for part in where.filters for conjunction in _disjuncts(part)]
    else:
        found = [[]]
        for part in where.filters:
            choices = product(found, _disjuncts(part))
            found = [left + right for left, right in choices]
            _check_count(found)
    _check_count(found)
    return found


def _check_count(disjuncts: Sequence[object]) -> None:
    if not 1 <= len(disjuncts) <= MAX_DISJUNCTS:
        raise EvaluationError(f"The query has {len(disjuncts)} disjunctions.")


def _document(conjunction: list[FieldFilter]) -> PartialMap:
    by_field: dict[tuple[str, ...], list[FieldFilter]] = {}
    for item in conjunction:
        by_field.setdefault(item.field, []).append(item)
    document = PartialMap({})
    for path in sorted(by_field, key=len):
        parent: Value = document
        for name in path[:-1]:
            if isinstance(parent, PartialMap):
                parent = parent.known.setdefault(name, PartialMap({}))
        if isinstance(parent, PartialMap):  # otherwise the outer field already says more
            parent.known[path[-1]] = _value(by_field[path])
    return document


def _value(filters: list[FieldFilter]) -> Value:
    for item in filters:
        if item.operator == "==":
            return item.value
    if items := [item.value for item in filters if item.operator == "array-contains"]:
        return PartialList(items)
    value = Bounded()
    for item in filters:
        if item.operator == "!=":
            value.excluded.append(item.value)
        elif item.operator == "not-in" and isinstance(item.value, list):
            value.excluded.extend(item.value)
        elif item.operator in ("<", "<=", ">", ">="):
            value.bounds.append((item.operator, item.value))
    return value
