"""count, sum and avg over the result of a query.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#structuredaggregationquery
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.field_paths import FieldPath, parse_field_path, value_at

_INT64 = range(-(2**63), 2**63)
_MAX_AGGREGATIONS = 5


def check_aggregations(aggregations: Sequence[wire.Aggregation]) -> None:
    """Raise INVALID_ARGUMENT for a list of aggregations that production refuses."""
    if not aggregations:
        raise invalid("Aggregations can not be empty.")
    if len(aggregations) > _MAX_AGGREGATIONS:
        raise invalid(f"The maximum number of aggregations allowed is {_MAX_AGGREGATIONS}.")
    given = [aggregation.alias for aggregation in aggregations if aggregation.alias]
    for alias in given:
        if given.count(alias) > 1:
            raise invalid(f"Aggregation aliases contain duplicate alias: {alias}.")
    for aggregation in aggregations:
        if aggregation.WhichOneof("operator") is None:
            raise invalid("An aggregation must have an operator.")
        if aggregation.count.HasField("up_to") and aggregation.count.up_to.value <= 0:
            raise invalid("up_to must be greater than zero.")


def aggregated_fields(
    aggregations: Sequence[wire.Aggregation],
) -> frozenset[FieldPath]:
    """List the fields that are added up or averaged."""
    return frozenset(
        parse_field_path(getattr(aggregation, kind).field.field_path)
        for aggregation in aggregations
        if (kind := aggregation.WhichOneof("operator")) in ("sum", "avg")
    )


def aggregate(
    aggregations: Sequence[wire.Aggregation],
    documents: Sequence[Document],
) -> wire.AggregationResult:
    """Compute all aggregations; those without an alias are called field_1, field_2 and so on."""
    result = wire.AggregationResult()
    unnamed = 0
    for aggregation in aggregations:
        alias = aggregation.alias
        if not alias:
            unnamed += 1
            alias = f"field_{unnamed}"
        result.aggregate_fields[alias].CopyFrom(_value(aggregation, documents))
    return result


def _value(aggregation: wire.Aggregation, documents: Sequence[Document]) -> wire.Value:
    match aggregation.WhichOneof("operator"):
        case "count":
            up_to = aggregation.count.up_to.value
            return wire.Value(integer_value=min(len(documents), up_to or len(documents)))
        case "sum":
            return _sum(_numbers(aggregation.sum.field.field_path, documents))
        case _:
            numbers = _numbers(aggregation.avg.field.field_path, documents)
            if not numbers:
                return wire.Value(null_value=0)
            return wire.Value(double_value=_total(numbers, len(numbers)))


def _numbers(field_path: str, documents: Sequence[Document]) -> list[int | float]:
    path = parse_field_path(field_path)
    numbers: list[int | float] = []
    for document in documents:
        value = value_at(document.fields, path)
        if value is not None and value.HasField("integer_value"):
            numbers.append(value.integer_value)
        elif value is not None and value.HasField("double_value"):
            numbers.append(value.double_value)
    return numbers


def _sum(numbers: Sequence[int | float]) -> wire.Value:
    """Add integers exactly, up to 64 bits; one double, or an overflow, makes the sum a double."""
    if all(isinstance(number, int) for number in numbers) and (whole := sum(numbers)) in _INT64:
        return wire.Value(integer_value=int(whole))
    return wire.Value(double_value=_total(numbers))


def _total(numbers: Sequence[int | float], parts: int = 1) -> float:
    """Add and divide; the result is infinite only if no double is near enough to it."""
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers) / parts
    if not all(math.isfinite(number) for number in numbers):
        return sum(map(float, numbers)) / parts
    try:
        return math.fsum(numbers) / parts
    except OverflowError:  # of a partial sum, perhaps
        exact = sum(map(Fraction, numbers)) / parts
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
