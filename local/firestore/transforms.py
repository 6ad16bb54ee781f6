"""Field transforms: values that the server computes from what is stored.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#fieldtransform
"""

from __future__ import annotations

from collections.abc import Iterable

from local.firestore import wire
from local.firestore.errors import invalid
from local.firestore.field_paths import parse_field_path, set_value, value_at
from local.firestore.order import Rank, order_key

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_MILLISECOND = 1000


def apply_transforms(
    fields: dict[str, wire.Value],
    transforms: Iterable[wire.FieldTransform],
    commit_time: int,
) -> list[wire.Value]:
    """Change `fields` in place, in order; `commit_time` is in microseconds.

    Returns the transform results: the new value, or null for the array transforms.
    """
    results = []
    for transform in transforms:
        path = parse_field_path(transform.field_path)
        old = value_at(fields, path)
        new = _transformed(transform, old, commit_time)
        set_value(fields, path, new)
        array = transform.WhichOneof("transform_type") in (
            "append_missing_elements",
            "remove_all_from_array",
        )
        results.append(wire.Value(null_value=0) if array else new)
    return results


def _transformed(
    transform: wire.FieldTransform, old: wire.Value | None, commit_time: int
) -> wire.Value:
    match transform.WhichOneof("transform_type"):
        case "set_to_server_value":
            if transform.set_to_server_value != 1:  # REQUEST_TIME
                raise invalid("Unknown server value.")
            return wire.Value(timestamp_value=request_time(commit_time))
        case "increment":
            return _increment(_number(transform.increment), old)
        case "maximum":
            return _extreme(_number(transform.maximum), old, largest=True)
        case "minimum":
            return _extreme(_number(transform.minimum), old, largest=False)
        case "append_missing_elements":
            return _union(transform.append_missing_elements.values, old)
        case "remove_all_from_array":
            return _difference(transform.remove_all_from_array.values, old)
        case _:
            raise invalid("A field transform must have a type.")


def request_time(commit_time: int) -> wire.Timestamp:
    """Build the timestamp that all server timestamps of a commit get: whole milliseconds."""
    return wire.timestamp(commit_time - commit_time % _MILLISECOND)


def _number(operand: wire.Value) -> wire.Value:
    if operand.WhichOneof("value_type") not in ("integer_value", "double_value"):
        raise invalid("The operand of a numeric transform must be a number.")
    return operand


def _is_number(value: wire.Value | None) -> bool:
    return value is not None and value.WhichOneof("value_type") in (
        "integer_value",
        "double_value",
    )


def _increment(operand: wire.Value, old: wire.Value | None) -> wire.Value:
    if old is None or not _is_number(old):
        return operand
    if old.HasField("integer_value") and operand.HasField("integer_value"):
        total = old.integer_value + operand.integer_value
        return wire.Value(integer_value=max(_INT64_MIN, min(_INT64_MAX, total)))
    return wire.Value(
        double_value=float(old.integer_value if old.HasField("integer_value") else old.double_value)
        + float(
            operand.integer_value if operand.HasField("integer_value") else operand.double_value
        )
    )


def _extreme(operand: wire.Value, old: wire.Value | None, *, largest: bool) -> wire.Value:
    if old is None or not _is_number(old):
        return operand
    old_key, new_key = order_key(old), order_key(operand)
    nan = (Rank.NUMBER, (0, 0))
    if nan in (old_key, new_key):
        return old if old_key == nan else operand
    if old_key == new_key:
        return old
    return operand if (new_key > old_key) == largest else old


def _elements(value: wire.Value | None) -> list[wire.Value]:
    return list(value.array_value.values) if value is not None else []


def _union(additions: Iterable[wire.Value], old: wire.Value | None) -> wire.Value:
    elements = _elements(old)
    present = {order_key(element) for element in elements}
    for addition in additions:
        key = order_key(addition)
        if key not in present:
            present.add(key)
            elements.append(addition)
    return wire.Value(array_value=wire.ArrayValue(values=elements))


def _difference(removals: Iterable[wire.Value], old: wire.Value | None) -> wire.Value:
    gone = {order_key(removal) for removal in removals}
    kept = [element for element in _elements(old) if order_key(element) not in gone]
    return wire.Value(array_value=wire.ArrayValue(values=kept))
