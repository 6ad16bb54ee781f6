"""Values as firebase-tools and the Storage rules runtime exchange them.

One JSON object each, such as `{"string_value": "a"}`; and the values of Firestore's REST API, in
which documents arrive.
"""

import base64
from collections.abc import Mapping
from typing import Any

from local.rules.values import LatLng, Path, RulesSet, Timestamp, Value


def from_expression_value(message: Any) -> Value:  # noqa: C901 - a case for every kind
    """Read one value; raises ValueError for anything that is not one."""
    kind, content = _only_entry(message)
    match kind, content:
        case "null_value", _:
            return None
        case ("string_value", str()) | ("bool_value", bool()):
            return _text(content) if kind == "string_value" else content
        case "int_value", int() | float() | str():
            return int(content)
        case "float_value", int() | float() | str():
            return float(content)
        case "bytes_value", str():
            return base64.b64decode(content)
        case "timestamp_value", str():
            return Timestamp.parse(content)
        case "list_value", dict():
            return _items(content)
        case "set_value", dict():
            return RulesSet(_items(content))
        case "map_value", dict():
            fields = content.get("fields") or {}
            return {_text(key): from_expression_value(value) for key, value in fields.items()}
        case "path_value", dict():
            segments = content.get("segments") or []
            return Path(tuple(_text(str(segment["simple"])) for segment in segments))
        case _:
            raise ValueError(f"Unknown kind of value: {kind!r}")


def from_rest_value(message: Any) -> Value:  # noqa: C901 - a case for every kind
    """Read a value of Firestore's REST API (`{"stringValue": "a"}`); raises ValueError.

    https://firebase.google.com/docs/firestore/reference/rest/v1/Value
    """
    kind, content = _only_entry(message)
    match kind, content:
        case "nullValue", _:
            return None
        case ("stringValue", str()) | ("booleanValue", bool()):
            return _text(content) if kind == "stringValue" else content
        case "integerValue", int() | str():
            return int(content)
        case "doubleValue", int() | float() | str():
            return float(content)
        case "bytesValue", str():
            return base64.b64decode(content)
        case "timestampValue", str():
            return Timestamp.parse(content)
        case "referenceValue", str():
            return Path(tuple(content.split("/")[2:]))
        case "geoPointValue", dict():
            return LatLng(float(content.get("latitude", 0)), float(content.get("longitude", 0)))
        case "arrayValue", dict():
            return [from_rest_value(item) for item in content.get("values") or []]
        case "mapValue", dict():
            return from_rest_fields(content.get("fields") or {})
        case _:
            raise ValueError(f"Unknown kind of value: {kind!r}")


def from_rest_fields(fields: Mapping[str, Any]) -> dict[str, Value]:
    return {_text(name): from_rest_value(value) for name, value in fields.items()}


def _items(content: Mapping[str, Any]) -> list[Value]:
    return [from_expression_value(item) for item in content.get("values") or []]


def _only_entry(message: Any) -> tuple[str, Any]:
    if not isinstance(message, dict) or len(message) != 1:
        raise ValueError(f"Not a value: {str(message)[:80]}")
    return next(iter(message.items()))


def _text(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()
