"""Finds the documents of a collection by the value of one field, and goes through them by it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from local.firestore.documents import Document
from local.firestore.field_paths import FieldPath
from local.firestore.filters import Range, field_key
from local.firestore.order import OrderKey


class FieldIndex:
    """Names of documents by the sort key of one field; documents without the field are absent."""

    def __init__(self, path: FieldPath) -> None:
        self._path = path
        self._names: dict[OrderKey, dict[str, None]] = {}
        self._sorted: list[OrderKey] | None = None  # once somebody has gone through them

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
                self._drop(old)
        if after is not None and new is not None:
            if new not in self._names:
                self._add(new)
            self._names[new][after.name] = None

    def _add(self, key: OrderKey) -> None:
        self._names[key] = {}
        if self._sorted is not None:
            insort(self._sorted, key)

    def _drop(self, key: OrderKey) -> None:
        del self._names[key]
        if self._sorted is not None:
            del self._sorted[bisect_left(self._sorted, key)]

    def names(self, keys: Iterable[OrderKey]) -> list[str]:
        """List the documents whose field has one of the keys."""
        return [name for key in set(keys) for name in self._names.get(key, ())]

    def walk(self, within: Range, *, descending: bool) -> Iterator[str]:
        """Go through the documents in the order of the field; nothing may change meanwhile."""
        if self._sorted is None:
            self._sorted = sorted(self._names)
        keys = self._sorted
        first = 0 if within.low is None else bisect_left(keys, within.low)
        after = len(keys) if within.high is None else bisect_right(keys, within.high)
        places = range(first, after)
        for place in reversed(places) if descending else places:
            yield from self._names[keys[place]]
