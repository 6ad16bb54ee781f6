"""A filter as the alternatives that it consists of (its disjunctive normal form).

https://firebase.google.com/docs/firestore/query-data/queries#limits_on_or_queries
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

from local.firestore import wire
from local.firestore.field_paths import FieldPath, parse_field_path

EQUALITIES = frozenset({"EQUAL", "IN", "IS_NULL", "IS_NAN"})
MEMBERSHIPS = frozenset({"ARRAY_CONTAINS", "ARRAY_CONTAINS_ANY"})
NEGATIONS = frozenset({"NOT_EQUAL", "NOT_IN", "IS_NOT_NAN", "IS_NOT_NULL"})


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of a filter; every other operator is an inequality."""

    path: FieldPath
    operator: str


Disjunction: TypeAlias = tuple[Term, ...]
"""Comparisons that hold together; lists of values (`in`) stay one comparison."""


def operator_name(message: Any) -> str:
    """Read a filter's operator; empty if it has none that is known."""
    descriptor = message.DESCRIPTOR.fields_by_name["op"].enum_type
    value = descriptor.values_by_number.get(message.op)
    return str(value.name) if value else ""


def count_disjunctions(where: wire.Filter) -> int:
    """Count the alternatives, each value of a list as one."""
    match where.WhichOneof("filter_type"):
        case "composite_filter":
            counts = map(count_disjunctions, where.composite_filter.filters)
            return sum(counts) if _is_or(where) else math.prod(counts)
        case "field_filter" if operator_name(where.field_filter) in ("IN", "ARRAY_CONTAINS_ANY"):
            return len(where.field_filter.value.array_value.values)
        case _:
            return 1


def disjunctions(where: wire.Filter) -> tuple[Disjunction, ...]:
    """List the alternatives; there can be as many as `count_disjunctions` says."""
    match where.WhichOneof("filter_type"):
        case "composite_filter":
            parts = [disjunctions(part) for part in where.composite_filter.filters]
            if _is_or(where):
                return tuple(itertools.chain.from_iterable(parts))
            return tuple(
                tuple(itertools.chain.from_iterable(together))
                for together in itertools.product(*parts)
            )
        case "field_filter" | "unary_filter" as kind:
            found = getattr(where, kind)
            return ((Term(parse_field_path(found.field.field_path), operator_name(found)),),)
        case _:
            return ((),)


def terms(where: wire.Filter) -> list[Term]:
    """List every comparison once, wherever it stands."""
    if where.WhichOneof("filter_type") == "composite_filter":
        return [term for part in where.composite_filter.filters for term in terms(part)]
    return [term for together in disjunctions(where) for term in together]


def has_or(where: wire.Filter) -> bool:
    """Tell whether a filter has alternatives that are written as such."""
    return where.WhichOneof("filter_type") == "composite_filter" and (
        _is_or(where) or any(map(has_or, where.composite_filter.filters))
    )


def _is_or(where: wire.Filter) -> bool:
    return operator_name(where.composite_filter) == "OR"
