"""Field paths such as ``a.`b c`.d``: parsing, and reading and changing fields by path.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#documentmask
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, MutableMapping
from typing import TypeAlias

from local.firestore import wire
from local.firestore.errors import invalid

FieldPath: TypeAlias = tuple[str, ...]
Fields: TypeAlias = MutableMapping[str, wire.Value]

NAME: FieldPath = ("__name__",)
"""The path that stands for the document's own name in queries."""

_SEGMENT = re.compile(r"(?P<simple>[^`.~*/\[\]\\]+)|`(?P<quoted>(?:[^`\\]|\\.)+)`", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_QUOTED, _BEFORE = re.compile(r"([`\\])"), r"\\\1"
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@functools.lru_cache(maxsize=4096)
def parse_field_path(text: str) -> FieldPath:
    """Split a path; a segment in backquotes may hold any character.

    Raises RpcError(INVALID_ARGUMENT).
    """
    segments = []
    position = 0
    while True:
        match = _SEGMENT.match(text, position)
        if match is None:
            raise invalid(f'Invalid field path "{text}".')
        quoted = match["quoted"]
        segments.append(match["simple"] if quoted is None else _ESCAPE.sub(r"\1", quoted))
        position = match.end()
        if position == len(text):
            return tuple(segments)
        if text[position] != ".":
            raise invalid(f'Invalid field path "{text}".')
        position += 1


def dotted(path: FieldPath) -> str:
    """Write a path as text; segments that need it get their backquotes."""
    return ".".join(
        segment if _PLAIN.fullmatch(segment) else f"`{_QUOTED.sub(_BEFORE, segment)}`"
        for segment in path
    )


def value_at(fields: Fields, path: FieldPath) -> wire.Value | None:
    """Read the value at a path, None if there is none."""
    first, *rest = path
    if first not in fields:
        return None
    value = fields[first]
    for segment in rest:
        if not value.HasField("map_value") or segment not in value.map_value.fields:
            return None
        value = value.map_value.fields[segment]
    return value


def set_value(fields: dict[str, wire.Value], path: FieldPath, value: wire.Value) -> None:
    """Put a value at a path; maps on the way are made, and replace what is no map.

    Stored values are shared, so the one at the top is copied before it changes.
    """
    first, *rest = path
    if not rest:
        fields[first] = value
        return
    top = wire.Value()
    if first in fields and fields[first].HasField("map_value"):
        top.CopyFrom(fields[first])
    fields[first] = top
    node = top
    for segment in rest:
        if not node.HasField("map_value"):
            node.map_value.SetInParent()
        node = node.map_value.fields[segment]
    node.CopyFrom(value)


def delete_value(fields: dict[str, wire.Value], path: FieldPath) -> None:
    """Remove the value at a path, if there is one."""
    if value_at(fields, path) is None:
        return
    first, *rest = path
    if not rest:
        del fields[first]
        return
    top = wire.Value()
    top.CopyFrom(fields[first])
    fields[first] = top
    node = top
    for segment in rest[:-1]:
        node = node.map_value.fields[segment]
    del node.map_value.fields[rest[-1]]


def masked(fields: Fields, paths: Iterable[FieldPath]) -> dict[str, wire.Value]:
    """Copy only the values at the paths."""
    kept: dict[str, wire.Value] = {}
    for path in paths:
        value = value_at(fields, path)
        if value is not None:
            set_value(kept, path, value)
    return kept
