"""The total order of values that queries sort by.

https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering
"""

from __future__ import annotations

import functools
import math
import re
from typing import Any, TypeAlias

from local.firestore import wire

OrderKey: TypeAlias = tuple[Any, ...]
"""Compares as the value sorts; equal, with equal hashes, where queries see equal values."""

VECTOR = "__vector__"
_NUMERIC_ID = re.compile(r"__id(-?\d+)__")
_NAN = (0, 0)


class Rank:
    """The place of each type; values of different types never equal each other."""

    NULL, BOOLEAN, NUMBER, TIMESTAMP, STRING, BYTES, REFERENCE, GEO_POINT, ARRAY, VECTOR, MAP = (
        range(11)
    )


def order_key(value: wire.Value) -> OrderKey:  # noqa: C901, PLR0911 - one case per type
    """Build the sort key of a value."""
    match value.WhichOneof("value_type"):
        case "string_value":
            return (Rank.STRING, value.string_value)  # code points sort as UTF-8 bytes do
        case "integer_value":
            return (Rank.NUMBER, (1, value.integer_value))
        case "double_value":
            number = value.double_value
            return (Rank.NUMBER, _NAN if math.isnan(number) else (1, number))
        case "boolean_value":
            return (Rank.BOOLEAN, value.boolean_value)
        case "timestamp_value":
            stamp = value.timestamp_value
            return (Rank.TIMESTAMP, (stamp.seconds, stamp.nanos))
        case "reference_value":
            return (Rank.REFERENCE, name_key(value.reference_value))
        case "map_value":
            return _map_key(value.map_value.fields)
        case "array_value":
            return (Rank.ARRAY, tuple(order_key(item) for item in value.array_value.values))
        case "bytes_value":
            return (Rank.BYTES, value.bytes_value)
        case "geo_point_value":
            point = value.geo_point_value
            return (Rank.GEO_POINT, (point.latitude, point.longitude))
        case _:
            return (Rank.NULL,)


def _map_key(fields: Any) -> OrderKey:
    if is_vector(fields):
        items = tuple(order_key(item) for item in fields["value"].array_value.values)
        return (Rank.VECTOR, (len(items), items))
    return (Rank.MAP, tuple((key, order_key(fields[key])) for key in sorted(fields)))


def is_vector(fields: Any) -> bool:
    """Tell whether a map is how the SDKs write a vector."""
    return "__type__" in fields and "value" in fields and fields["__type__"].string_value == VECTOR


def name_key(name: str) -> OrderKey:
    """Build the sort key of a document name: segment by segment, numeric ids (`__id7__`) first."""
    collection, _, document_id = name.rpartition("/")
    return (*_collection_key(collection), _segment_key(document_id))


@functools.lru_cache(maxsize=4096)
def _collection_key(collection: str) -> OrderKey:
    return tuple(map(_segment_key, collection.split("/")))


def _segment_key(segment: str) -> tuple[int, int | str]:
    if segment.startswith("__id") and (numeric := _NUMERIC_ID.fullmatch(segment)):
        return 0, int(numeric[1])
    return 1, segment


@functools.total_ordering
class Descending:
    """Wraps a key so that it sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: OrderKey) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and self.key == other.key

    def __lt__(self, other: Descending) -> bool:
        return other.key < self.key

    def __hash__(self) -> int:
        return hash(self.key)
