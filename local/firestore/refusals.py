"""Queries that make sense and that production refuses all the same, in its words.

https://firebase.google.com/docs/firestore/query-data/queries#query_limitations
"""

from __future__ import annotations

from collections.abc import Sequence

from local.firestore import wire
from local.firestore.errors import invalid
from local.firestore.field_paths import NAME, FieldPath, dotted
from local.firestore.normal_form import (
    MEMBERSHIPS,
    NEGATIONS,
    Disjunction,
    Term,
    count_disjunctions,
    disjunctions,
    has_or,
    terms,
)

MAX_DISJUNCTIONS = 30
MAX_INEQUALITY_FIELDS = 10


def check_filter(where: wire.Filter, inequalities: frozenset[FieldPath]) -> tuple[Disjunction, ...]:
    """Expand a filter that production answers; raises INVALID_ARGUMENT for others."""
    found = terms(where)
    _check_negations(where, found)
    if (
        inequalities
        and NAME not in inequalities
        and any(term.path == NAME and term.operator in ("EQUAL", "IN") for term in found)
    ):
        raise invalid(
            "Equality on key is not allowed if there are other inequality fields and key does "
            "not appear in inequalities."
        )
    count = count_disjunctions(where)
    if count > MAX_DISJUNCTIONS:
        raise invalid(
            f"Too many disjunctions after normalization. Result had {count} disjunctions which "
            f"is more than the maximum of {MAX_DISJUNCTIONS}"
        )
    expanded = disjunctions(where)
    for together in expanded:
        if sum(term.operator in MEMBERSHIPS for term in together) > 1:
            raise invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")
    if len(inequalities) > MAX_INEQUALITY_FIELDS:
        listed = ", ".join(map(dotted, sorted(inequalities)))
        raise invalid(
            f"The query contains {len(inequalities)} distinct inequality fields: [{listed}]. A "
            f"query may not have more than {MAX_INEQUALITY_FIELDS} distinct inequality fields."
        )
    return expanded


def _check_negations(where: wire.Filter, found: Sequence[Term]) -> None:
    if sum(term.operator in NEGATIONS for term in found) > 1:
        raise invalid(
            "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed "
            "per query."
        )
    operators = {term.operator for term in found}
    if "NOT_IN" in operators and (operators & {"IN", "ARRAY_CONTAINS_ANY"} or has_or(where)):
        raise invalid(
            "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'."
        )


def check_orders(explicit: Sequence[FieldPath], inequalities: frozenset[FieldPath]) -> None:
    """Raise INVALID_ARGUMENT for an order that production refuses."""
    for number, path in enumerate(explicit):
        if path in explicit[:number]:
            raise invalid(f"order by clause cannot contain duplicate fields {dotted(path)}")
    implied = inequalities.difference(explicit, [NAME])
    if NAME in explicit and (explicit[-1] != NAME or implied):
        raise invalid("order by clause cannot contain more fields after the key")
