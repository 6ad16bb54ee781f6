"""Which indexes there are: the automatic ones, and those of a firestore.indexes.json.

https://firebase.google.com/docs/reference/firestore/indexes
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from local.firestore.errors import RpcError
from local.firestore.field_paths import NAME, FieldPath, dotted, parse_field_path

ASCENDING, DESCENDING, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
IndexField: TypeAlias = tuple[FieldPath, str]
"""A path, and how it is indexed: one of the modes above, or `vector_mode`."""

_AUTOMATIC = frozenset({ASCENDING, DESCENDING, CONTAINS})
_ANY_FIELD: FieldPath = ("*",)


def vector_mode(dimension: int) -> str:
    """Name the mode of a field of vectors."""
    return f"VECTOR {dimension}"


@dataclass(frozen=True)
class Index:
    """One index over the collections of an id: over each for itself, or over the whole group."""

    collection_id: str
    group: bool
    fields: tuple[IndexField, ...]

    @property
    def name_direction(self) -> str:
        """Where the documents' names, which end every entry, run."""
        _, mode = self.fields[-1]
        return DESCENDING if mode == DESCENDING else ASCENDING

    def to_json(self) -> dict[str, Any]:
        """Write it as an entry of the file: a composite index, or the field's override."""
        scope = "COLLECTION_GROUP" if self.group else "COLLECTION"
        fields = [{"fieldPath": dotted(path), **_mode_json(mode)} for path, mode in self.fields]
        if len(fields) > 1 or "vectorConfig" in fields[0]:
            return {"collectionGroup": self.collection_id, "queryScope": scope, "fields": fields}
        path = fields[0].pop("fieldPath")
        entry = {**fields[0], "queryScope": scope}
        return {"collectionGroup": self.collection_id, "fieldPath": path, "indexes": [entry]}


class Indexes:
    """The indexes of a database."""

    def __init__(
        self,
        composites: Iterable[Index] = (),
        overrides: Mapping[tuple[str, FieldPath], frozenset[tuple[str, bool]]] | None = None,
    ) -> None:
        self._composites: dict[tuple[str, bool], list[Index]] = {}
        for index in composites:
            self._composites.setdefault((index.collection_id, index.group), []).append(index)
        self._overrides = overrides or {}

    def composites(self, collection_id: str, *, group: bool) -> list[Index]:
        """List the composite indexes of a collection, or of a collection group."""
        return self._composites.get((collection_id, group), [])

    def single_modes(self, collection_id: str, path: FieldPath, *, group: bool) -> frozenset[str]:
        """List how one field by itself is indexed; fields of an exempted map are so as well."""
        prefixes = [path[:length] for length in range(len(path), 0, -1)]
        for known in (*prefixes, _ANY_FIELD):
            override = self._overrides.get((collection_id, known))
            if override is not None:
                return frozenset(mode for mode, of_group in override if of_group == group)
        return frozenset() if group else _AUTOMATIC


def load_indexes(path: pathlib.Path) -> Indexes:
    """Read a firestore.indexes.json; raises OSError, or ValueError that says what is wrong."""
    try:
        return parse_indexes(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, RpcError) as error:
        raise ValueError(f"{path} is no firestore.indexes.json: {error!r}") from error


def parse_indexes(config: Mapping[str, Any]) -> Indexes:
    """Read the content of a firestore.indexes.json."""
    composites = [
        Index(
            entry["collectionGroup"],
            entry.get("queryScope", "COLLECTION") == "COLLECTION_GROUP",
            tuple(
                (parse_field_path(field["fieldPath"]), _mode(field)) for field in entry["fields"]
            ),
        )
        for entry in config.get("indexes", ())
    ]
    overrides = {
        (entry["collectionGroup"], _override_path(entry["fieldPath"])): frozenset(
            (_mode(index), index.get("queryScope", "COLLECTION") == "COLLECTION_GROUP")
            for index in entry.get("indexes", ())
        )
        for entry in config.get("fieldOverrides", ())
    }
    return Indexes(map(_without_own_name, composites), overrides)


def _without_own_name(index: Index) -> Index:
    """Leave out a last `__name__` that runs as it would anyway."""
    *others, (path, mode) = index.fields
    shorter = Index(index.collection_id, index.group, tuple(others))
    return shorter if others and path == NAME and shorter.name_direction == mode else index


def _override_path(text: str) -> FieldPath:
    return _ANY_FIELD if text == "*" else parse_field_path(text)


def _mode(field: Mapping[str, Any]) -> str:
    if "vectorConfig" in field:
        return vector_mode(int(field["vectorConfig"]["dimension"]))
    mode = str(field.get("order") or field.get("arrayConfig") or field.get("mode"))
    if mode not in _AUTOMATIC:
        raise ValueError(f"an index has the mode {mode}")
    return mode


def _mode_json(mode: str) -> dict[str, Any]:
    if mode == CONTAINS:
        return {"arrayConfig": CONTAINS}
    if mode in _AUTOMATIC:
        return {"order": mode}
    return {"vectorConfig": {"dimension": int(mode.split()[1]), "flat": {}}}
