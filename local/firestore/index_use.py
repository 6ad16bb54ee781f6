"""Whether the indexes that there are can answer a query, and which one it lacks.

https://firebase.google.com/docs/firestore/query-data/index-overview
"""

from __future__ import annotations

import json
import logging
from collections.abc import Hashable, Iterator

import grpc

from local.firestore.errors import RpcError
from local.firestore.field_paths import NAME, dotted
from local.firestore.indexes import (
    ASCENDING,
    CONTAINS,
    DESCENDING,
    Index,
    Indexes,
    IndexField,
    vector_mode,
)
from local.firestore.normal_form import EQUALITIES, MEMBERSHIPS, Disjunction
from local.firestore.query import Query

_log = logging.getLogger(__name__)
_MAX_KNOWN = 1000  # shapes of queries; a program has a few


class IndexPolicy:
    """Asks for the index of every query: as production does, or as a warning."""

    def __init__(self, indexes: Indexes | None = None, *, required: bool = False) -> None:
        self.indexes = indexes or Indexes()
        self._required = required
        self._told: set[Index] = set()
        self._known: dict[Hashable, Index | None] = {}

    def check(self, query: Query) -> None:
        """Raise FAILED_PRECONDITION for a missing index, or print it once."""
        missing = self._missing(query)
        if missing is None:
            return
        text = _sentence(missing)
        if self._required:
            raise RpcError(grpc.StatusCode.FAILED_PRECONDITION, text)
        if missing not in self._told:
            self._told.add(missing)
            _log.warning("Firestore in production would refuse this: %s", text)

    def _missing(self, query: Query) -> Index | None:
        scope = query.scope
        shape = (
            scope.collection_id,
            scope.all_descendants,
            query.orders,
            query.disjunctions,
            query.vector,
        )
        if shape not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[shape] = missing_index(query, self.indexes)
        return self._known[shape]


def missing_index(query: Query, indexes: Indexes) -> Index | None:
    """Find an index that would have to be added for a query, None if it can be answered."""
    if query.scope.collection_id is None:
        return None
    for together in query.disjunctions:
        needed = _needed(query, together)
        if needed is not None and not _served(needed, indexes):
            return needed.index()
    return None


class _Needed:
    """What one alternative of a query asks of indexes."""

    def __init__(
        self, query: Query, filtered: tuple[IndexField, ...], ordered: tuple[IndexField, ...]
    ) -> None:
        self.collection_id = query.scope.collection_id or ""
        self.group = query.scope.all_descendants
        self.filtered = filtered
        self.ordered = ordered
        self.name_direction = DESCENDING if query.orders[-1][1] else ASCENDING

    def index(self) -> Index:
        """Build the one index that would do."""
        index = Index(self.collection_id, self.group, (*self.filtered, *self.ordered))
        if index.name_direction == self.name_direction or _is_vector(index.fields[-1]):
            return index
        if len(index.fields) == 1 and not self.ordered:
            path, _ = index.fields[0]
            return Index(self.collection_id, self.group, ((path, self.name_direction),))
        return Index(self.collection_id, self.group, (*index.fields, (NAME, self.name_direction)))

    def part_served_by(self, index: Index) -> frozenset[IndexField] | None:
        """Tell which comparisons an index answers in the right order, None if it is of no use."""
        fields = index.fields
        if fields[-1][0] == NAME:
            name_direction, fields = fields[-1][1], fields[:-1]
        else:
            name_direction = index.name_direction
        length = len(fields) - len(self.ordered)
        if length < 0 or fields[length:] != self.ordered:
            return None
        both_ways = fields[-1][1] == CONTAINS and len(fields) == 1
        vectors = _is_vector(fields[-1])
        if name_direction != self.name_direction and not (both_ways or vectors):
            return None
        prefix = frozenset(
            (path, mode if mode == CONTAINS else ASCENDING) for path, mode in fields[:length]
        )
        return prefix if prefix <= frozenset(self.filtered) else None


def _needed(query: Query, together: Disjunction) -> _Needed | None:
    equal = dict.fromkeys(
        (term.path, ASCENDING)
        for term in together
        if term.operator in EQUALITIES and term.path != NAME
    )
    member = dict.fromkeys(
        (term.path, CONTAINS) for term in together if term.operator in MEMBERSHIPS
    )
    ordered = tuple(
        (path, DESCENDING if descending else ASCENDING)
        for path, descending in query.orders
        if path != NAME and (path, ASCENDING) not in equal
    )
    if query.vector is not None:
        path, dimension = query.vector
        ordered = (*ordered, (path, vector_mode(dimension)))
    if not (equal or member or ordered):
        return None
    return _Needed(query, (*equal, *member), ordered)


def _served(needed: _Needed, indexes: Indexes) -> bool:
    """Tell whether indexes that run in the same order cover all comparisons, merged."""
    wanted = frozenset(needed.filtered)
    parts = [
        part
        for index in _candidates(needed, indexes)
        if (part := needed.part_served_by(index)) is not None
    ]
    if any(_is_vector(field) for field in needed.ordered):
        return wanted in parts  # of these, one must do it all
    return bool(parts) and frozenset[IndexField]().union(*parts) == wanted


def _candidates(needed: _Needed, indexes: Indexes) -> Iterator[Index]:
    collection_id, group = needed.collection_id, needed.group
    yield from indexes.composites(collection_id, group=group)
    for path, _ in (*needed.filtered, *needed.ordered):
        for mode in indexes.single_modes(collection_id, path, group=group):
            yield Index(collection_id, group, ((path, mode),))


def _is_vector(field: IndexField) -> bool:
    return field[1] not in (ASCENDING, DESCENDING, CONTAINS)


def _sentence(missing: Index) -> str:
    entry = json.dumps(missing.to_json())
    if len(missing.fields) == 1 and not _is_vector(missing.fields[0]):
        path, mode = missing.fields[0]
        scope = "COLLECTION_GROUP" if missing.group else "COLLECTION"
        kind = {ASCENDING: "ASC", DESCENDING: "DESC", CONTAINS: "CONTAINS"}[mode]
        return (
            f"The query requires a {scope}_{kind} index for collection {missing.collection_id} "
            f"and field {dotted(path)}. Add it to fieldOverrides of firestore.indexes.json: {entry}"
        )
    return f"The query requires an index. Add it to indexes of firestore.indexes.json: {entry}"
