"""What may be stored: the limits on values and documents, in production's wording.

https://firebase.google.com/docs/firestore/quotas#limits and, for the sizes,
https://firebase.google.com/docs/firestore/storage-size
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.firestore import wire
from local.firestore.errors import invalid
from local.firestore.names import RESERVED
from local.firestore.order import is_vector

MAX_VALUE_BYTES = 1_048_487
MAX_NAME_BYTES = 1500
MAX_DEPTH = 20
MAX_DIMENSIONS = 2048
MAX_DOCUMENT_BYTES = 1_048_576
_DOCUMENT_OVERHEAD = 32
_NAME_OVERHEAD = 16
_NANOS_PER_MICROSECOND = 1000


def check_document(name: str, fields: Mapping[str, wire.Value]) -> None:
    """Raise INVALID_ARGUMENT if a document may not be stored; cut timestamps to microseconds."""
    size = _name_size(name) + _DOCUMENT_OVERHEAD
    for key, value in fields.items():
        _check_field_name(key)
        size += _text_size(key) + _value_size(key, value, 1)
    if size > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{name}' cannot be written because its size ({size:,} bytes) exceeds "
            f"the maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def _check_field_name(name: str) -> None:
    if not name:
        raise invalid("Document fields must not have empty names.")
    if RESERVED.fullmatch(name):
        raise invalid(f"field name {name} is reserved")
    if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
        raise invalid(f'The field name "{name[:100]}..." is longer than {MAX_NAME_BYTES} bytes.')


def _value_size(field: str, value: wire.Value, depth: int) -> int:  # noqa: C901
    match value.WhichOneof("value_type"):
        case "string_value":
            return _text_size(_limited(field, value.string_value))
        case "bytes_value":
            return len(_limited(field, value.bytes_value))
        case "integer_value" | "double_value":
            return 8
        case "null_value" | "boolean_value":
            return 1
        case "timestamp_value":
            stamp = value.timestamp_value
            if stamp.nanos % _NANOS_PER_MICROSECOND:
                stamp.nanos -= stamp.nanos % _NANOS_PER_MICROSECOND
            return 8
        case "geo_point_value":
            _check_geo_point(value.geo_point_value)
            return 16
        case "reference_value":
            return _name_size(value.reference_value)
        case "map_value":
            return _map_size(field, value.map_value.fields, depth)
        case "array_value":
            return _array_size(field, value.array_value.values, depth)
        case _:
            raise invalid(f'The value of property "{field}" has no type, or one that is unknown.')


def _map_size(field: str, fields: Any, depth: int) -> int:
    if is_vector(fields):
        dimensions = len(fields["value"].array_value.values)
        if dimensions > MAX_DIMENSIONS:
            raise invalid(f'The vector of property "{field}" has more than 2048 dimensions.')
        return 8 * dimensions
    if depth > MAX_DEPTH:
        raise invalid(f"Property {field} contains an invalid nested entity.")
    size = 0
    for key, value in fields.items():
        _check_field_name(key)
        size += _text_size(key) + _value_size(field, value, depth + 1)
    return size


def _array_size(field: str, values: Any, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise invalid(f"Property {field} contains an invalid nested entity.")
    size = 0
    for value in values:
        if value.HasField("array_value"):
            raise invalid("Cannot convert an array value in an array value.")
        size += _value_size(field, value, depth + 1)
    return size


def _limited(field: str, value: Any) -> Any:
    size = len(value)
    if size > MAX_VALUE_BYTES or (
        isinstance(value, str)
        and size * 4 > MAX_VALUE_BYTES
        and len(value.encode()) > MAX_VALUE_BYTES
    ):
        raise invalid(f'The value of property "{field}" is longer than {MAX_VALUE_BYTES} bytes.')
    return value


def _check_geo_point(point: Any) -> None:
    if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        raise invalid("The latitude and longitude of a geo point must be within range.")


def _text_size(text: str) -> int:
    return (len(text) if text.isascii() else len(text.encode())) + 1


def _name_size(name: str) -> int:
    segments = name.split("/")[5:]
    return sum(map(_text_size, segments)) + _NAME_OVERHEAD
