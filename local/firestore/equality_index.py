"""Finds the documents of a collection by the value of one field."""

from __future__ import annotations

from collections.abc import Iterable

from local.firestore.documents import Document
from local.firestore.field_paths import FieldPath
from local.firestore.filters import field_key
from local.firestore.order import OrderKey


class EqualityIndex:
    """Names of documents by the sort key of one field; documents without the field are absent."""

    def __init__(self, path: FieldPath) -> None:
        self._path = path
        self._names: dict[OrderKey, dict[str, None]] = {}

    def replace(self, before: Document | None, after: Document | None) -> None:
        """Follow one document's change."""
        old = None if before is None else field_key(before, self._path)
        new = None if after is None else field_key(after, self._path)
        if old == new:
            return
        if before is not None and old is not None:
            names = self._names[old]
            del names[before.name]
            if not names:
                del self._names[old]
        if after is not None and new is not None:
            self._names.setdefault(new, {})[after.name] = None

    def names(self, keys: Iterable[OrderKey]) -> list[str]:
        """List the documents whose field has one of the keys."""
        return [name for key in set(keys) for name in self._names.get(key, ())]
