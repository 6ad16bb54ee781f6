"""What a document takes in Firestore, with the entries that its indexes hold for it.

https://firebase.google.com/docs/firestore/storage-size , read in 2026-11. Documents come as
Firestore's own JSON; names are relative to the database's root.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.firestore.indexes import CONTAINS, load_indexes

_OF_NAME = 16
_OF_DOCUMENT = 32
_OF_ENTRY = 32
_OF_GROUP_ENTRY = 48
_FIXED = {"nullValue": 1, "booleanValue": 1, "integerValue": 8, "doubleValue": 8}


class Sizes:
    """Bytes of documents under the indexes of a `firestore.indexes.json`."""

    def __init__(self, index_file: Path) -> None:
        self._indexes = load_indexes(index_file)
        self._composites = json.loads(index_file.read_text("utf-8"))["indexes"]

    def document(self, path: str, fields: Mapping[str, Any]) -> int:
        """The document alone."""
        return _name(path) + _map(fields) + _OF_DOCUMENT

    def index_entries(self, path: str, fields: Mapping[str, Any]) -> int:
        """All entries of a document, of single fields and of composite indexes."""
        collection = path.split("/")[-2]
        total = 0
        for field, value in _leaves(fields, ()):
            for group in (False, True):
                place = _name(path) + _OF_GROUP_ENTRY if group else _place(path) + _OF_ENTRY
                place += _text(".".join(field))
                modes = self._indexes.single_modes(collection, field, group=group)
                whole = place + _value(value)
                total += sum(whole for mode in modes if mode != CONTAINS)
                if CONTAINS in modes and "arrayValue" in value:
                    items = value["arrayValue"].get("values", [])
                    total += sum(place + _value(item) for item in items)
        leaves = {".".join(field): value for field, value in _leaves(fields, ())}
        for index in self._composites:
            names = [one["fieldPath"] for one in index["fields"]]
            if index["collectionGroup"] == collection and all(name in leaves for name in names):
                total += _place(path) + sum(_value(leaves[name]) for name in names) + _OF_ENTRY
        return total


def _leaves(
    fields: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in fields.items():
        yield (*above, name), value
        if "mapValue" in value:
            yield from _leaves(value["mapValue"].get("fields", {}), (*above, name))


def _place(path: str) -> int:
    """Of the name of a document and that of the document above it, if there is one."""
    above = path.rsplit("/", 2)[0] if path.count("/") > 1 else ""
    return _name(path) + (_name(above) if above else 0)


def _name(path: str) -> int:
    return sum(map(_text, path.split("/"))) + _OF_NAME


def _text(text: str) -> int:
    return len(text.encode()) + 1


def _map(fields: Mapping[str, Any]) -> int:
    return sum(_text(name) + _value(value) for name, value in fields.items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "stringValue":
            return _text(content)
        case "timestampValue":
            return 8
        case "bytesValue":
            return len(content) * 3 // 4
        case "mapValue":
            return _map(content.get("fields", {}))
        case "arrayValue":
            return sum(map(_value, content.get("values", [])))
    return _FIXED[kind]
