"""From Firestore's wire format to what Security Rules reckon with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.field_paths import parse_field_path
from local.rules.issues import EvaluationError
from local.rules.partial import CompositeFilter, FieldFilter, Filter
from local.rules.values import NANOS_PER_SECOND, LatLng, Path, Timestamp, Value

_OPERATORS = {
    wire.FieldFilter.EQUAL: "==",
    wire.FieldFilter.NOT_EQUAL: "!=",
    wire.FieldFilter.LESS_THAN: "<",
    wire.FieldFilter.LESS_THAN_OR_EQUAL: "<=",
    wire.FieldFilter.GREATER_THAN: ">",
    wire.FieldFilter.GREATER_THAN_OR_EQUAL: ">=",
    wire.FieldFilter.IN: "in",
    wire.FieldFilter.NOT_IN: "not-in",
    wire.FieldFilter.ARRAY_CONTAINS: "array-contains",
    wire.FieldFilter.ARRAY_CONTAINS_ANY: "array-contains-any",
}
_UNARY_OPERATORS: dict[int, tuple[str, Value]] = {
    wire.UnaryFilter.IS_NULL: ("==", None),
    wire.UnaryFilter.IS_NOT_NULL: ("!=", None),
    wire.UnaryFilter.IS_NAN: ("==", float("nan")),
    wire.UnaryFilter.IS_NOT_NAN: ("!=", float("nan")),
}


def rule_segments(name: str) -> tuple[str, ...]:
    """Split a full resource name; rules see it from `databases` on."""
    return tuple(name.split("/")[2:])


def rule_time(stamp: wire.Timestamp) -> Timestamp:
    return Timestamp(stamp.seconds * NANOS_PER_SECOND + stamp.nanos)


def rule_value(value: wire.Value) -> Value:
    kind = value.WhichOneof("value_type")
    match kind:
        case None | "null_value":
            return None
        case "map_value":
            return rule_map(value.map_value.fields)
        case "array_value":
            return [rule_value(item) for item in value.array_value.values]
        case "timestamp_value":
            return rule_time(value.timestamp_value)
        case "geo_point_value":
            return LatLng(value.geo_point_value.latitude, value.geo_point_value.longitude)
        case "reference_value":
            return Path(rule_segments(value.reference_value))
        case _:
            return getattr(value, kind)


def rule_map(fields: Mapping[str, wire.Value]) -> dict[str, Value]:
    return {name: rule_value(value) for name, value in fields.items()}


def rule_resource(document: Document | None) -> Value:
    """Build the variable `resource`.

    https://firebase.google.com/docs/reference/rules/rules.firestore.Resource
    """
    if document is None:
        return None
    segments = rule_segments(document.name)
    return {"data": rule_map(document.fields), "id": segments[-1], "__name__": Path(segments)}


def rule_query(query: wire.StructuredQuery) -> dict[str, Value]:
    """Build the variable `request.query`; a clause that the query lacks is null.

    https://firebase.google.com/docs/reference/rules/rules.firestore.Request#query
    """
    orders = [
        f"{order.field.field_path} {'DESC' if order.direction == 2 else 'ASC'}"
        for order in query.order_by
    ]
    return {
        "limit": query.limit.value if query.HasField("limit") else None,
        "offset": query.offset,
        "orderBy": ", ".join(orders) or None,
    }


def rule_filter(query: wire.StructuredQuery) -> Filter | None:
    """Build what the query's filters say about the documents that it may return."""
    return _filter(query.where) if query.HasField("where") else None


def _filter(where: Any) -> Filter:
    match where.WhichOneof("filter_type"):
        case "composite_filter":
            kind = {1: "and", 2: "or"}.get(where.composite_filter.op)
            if kind is None:
                raise EvaluationError("Unknown composite filter.")
            return CompositeFilter(kind, tuple(map(_filter, where.composite_filter.filters)))
        case "field_filter":
            operator = _OPERATORS.get(where.field_filter.op)
            path = where.field_filter.field.field_path
            value = rule_value(where.field_filter.value)
        case "unary_filter":
            operator, value = _UNARY_OPERATORS.get(where.unary_filter.op, (None, None))
            path = where.unary_filter.field.field_path
        case _:
            raise EvaluationError("Unknown filter.")
    if operator is None:
        raise EvaluationError("Unknown filter.")
    if path == "__name__":
        # a condition on the name says nothing about fields; rules do not see it in a query
        return CompositeFilter("and", ())
    return FieldFilter(parse_field_path(path), operator, value)
