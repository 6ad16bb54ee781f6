"""Slots in a graph of ComfyUI: `{{prompt}}` or `{{steps=25}}` in the place of a value. Pure.

A value that is one slot gets what the request has, as the kind that it is; within a longer text a
slot gets its words. What the request lacks is the slot's own value after `=`, else nothing. What
was put in is not looked at again, so no prompt can hold a slot.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_SLOT = re.compile(r"\{\{\s*([a-z_]+)\s*(?:=([^{}]*))?\}\}")


def names(graph: Any) -> Iterator[str]:
    """The slots of a graph, as often as they stand in it."""
    if isinstance(graph, str):
        yield from (found[1] for found in _SLOT.finditer(graph))
    elif isinstance(graph, Mapping):
        for value in graph.values():
            yield from names(value)
    elif isinstance(graph, list):
        for value in graph:
            yield from names(value)


def fill(graph: Any, values: Mapping[str, Any]) -> Any:
    """The graph with each slot's value in its place."""
    if isinstance(graph, str):
        whole = _SLOT.fullmatch(graph)
        if whole:
            return _value(whole, values)
        return _SLOT.sub(lambda found: str(_value(found, values)), graph)
    if isinstance(graph, Mapping):
        return {name: fill(value, values) for name, value in graph.items()}
    if isinstance(graph, list):
        return [fill(value, values) for value in graph]
    return graph


def _value(slot: re.Match[str], values: Mapping[str, Any]) -> Any:
    value = values.get(slot[1])
    if value is not None:
        return value
    own = (slot[2] or "").strip()
    try:
        return json.loads(own)
    except ValueError:
        return own
