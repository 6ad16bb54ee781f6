"""A StructuredQuery, compiled: which documents it means, and in which order.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#structuredquery
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import TypeAlias

import grpc

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import RpcError, invalid
from local.firestore.field_paths import NAME, FieldPath, masked, parse_field_path
from local.firestore.filters import Compiled, Range, compile_filter, field_key
from local.firestore.limits import MAX_DIMENSIONS
from local.firestore.names import check_collection_id, check_parent
from local.firestore.normal_form import Disjunction
from local.firestore.order import Descending, OrderKey, order_key
from local.firestore.refusals import check_filter, check_orders

Projection: TypeAlias = tuple[FieldPath, ...] | None
"""The fields to return; None: all of them."""

_DESCENDING = 2  # StructuredQuery.Direction


@dataclass(frozen=True)
class Scope:
    """Where a query looks: `collection_id` None means collections of any id."""

    parent: str
    collection_id: str | None
    all_descendants: bool

    def holds(self, name: str) -> bool:
        """Tell whether a document is in this place, whatever its fields are."""
        if not name.startswith(self.parent + "/"):
            return False
        collection, _, _ = name.rpartition("/")
        above, _, collection_id = collection.rpartition("/")
        return (self.collection_id is None or collection_id == self.collection_id) and (
            self.all_descendants or above == self.parent
        )


@dataclass(frozen=True)
class Bound:
    """A cursor: `before` cuts just before its position, otherwise just after it."""

    key: OrderKey
    before: bool

    def is_past(self, key: OrderKey) -> bool:
        """Tell whether a document with this sort key lies behind the cut."""
        prefix = key[: len(self.key)]
        return prefix >= self.key if self.before else prefix > self.key


@dataclass(frozen=True)
class Walk:
    """A way through a collection in the order of one field, as an index of production's goes."""

    path: FieldPath
    descending: bool
    within: Range


@dataclass(frozen=True)
class Query:
    """A query that can be asked about one document, or run over many."""

    scope: Scope
    where: Compiled
    orders: tuple[tuple[FieldPath, bool], ...]
    start: Bound | None
    end: Bound | None
    offset: int
    limit: int | None
    projection: Projection
    disjunctions: tuple[Disjunction, ...] = ((),)
    vector: tuple[FieldPath, int] | None = None
    """The field that a vector search compares, and how long its vectors are."""

    @property
    def windowed(self) -> bool:
        """Whether a document's place in the result depends on other documents."""
        return self.limit is not None or self.offset > 0

    @property
    def walk(self) -> Walk | None:
        """How to come to the results in their order, None if it is as well to look at all.

        Equal values narrow more than an order does; an order helps who wants the first ones only,
        and a range in it anybody.
        """
        path, descending = self.orders[0]
        if path == NAME or self.where.narrowings:
            return None
        within = Range()
        for field, given in self.where.ranges:
            if field == path:
                within = within.within(given)
        if self.limit is None and within == Range():
            return None
        if self.start is not None and self.start.key:
            cut = self.start.key[0]
            within = within.within(Range(high=cut.key) if descending else Range(low=cut))
        return Walk(path, descending, within)

    def sort_key(self, document: Document) -> OrderKey | None:
        """Build the key that results sort by, None if the document lacks a field of the order."""
        keys = []
        for path, descending in self.orders:
            key = field_key(document, path)
            if key is None:
                return None
            keys.append(Descending(key) if descending else key)
        return tuple(keys)

    def place(self, document: Document) -> OrderKey | None:
        """Build the sort key of a document that matches, None for one that does not."""
        if not self.scope.holds(document.name) or not self.where.matches(document):
            return None
        key = self.sort_key(document)
        if (
            key is None
            or (self.start is not None and not self.start.is_past(key))
            or (self.end is not None and self.end.is_past(key))
        ):
            return None
        return key

    def run(self, candidates: Iterable[Document]) -> list[tuple[OrderKey, Document]]:
        """Pick, sort and cut; the result keeps the sort keys."""
        size = None if self.limit is None else self.offset + self.limit
        return self.first(size, candidates)[self.offset :]

    def first(
        self, size: int | None, candidates: Iterable[Document]
    ) -> list[tuple[OrderKey, Document]]:
        """Pick, sort and keep the first so many (None: all), whatever offset and limit say."""
        found = (
            (key, document) for document in candidates if (key := self.place(document)) is not None
        )
        if size is None:
            return sorted(found, key=_first)
        return nsmallest(size, found, key=_first)

    def first_in_order(
        self, size: int | None, candidates: Iterable[Document]
    ) -> list[tuple[OrderKey, Document]]:
        """The same for candidates that come in the order of the first field: it stops early."""
        found: list[tuple[OrderKey, Document]] = []
        for document in candidates:
            if (key := self.place(document)) is None:
                continue
            if size is not None and len(found) >= size and (not size or key[0] != found[-1][0][0]):
                break  # those that are equal in the first field sort by the others
            found.append((key, document))
        return sorted(found, key=_first)[:size]


def project(document: Document, projection: Projection) -> wire.Document:
    """Build the wire form of a document, with the selected fields only."""
    if projection is None:
        return document.message()
    return wire.Document(
        name=document.name,
        fields=masked(document.fields, [path for path in projection if path != NAME]),
        create_time=wire.timestamp(document.create_time),
        update_time=wire.timestamp(document.update_time),
    )


def _first(pair: tuple[OrderKey, Document]) -> OrderKey:
    return pair[0]


def compile_query(
    parent: str,
    structured: wire.StructuredQuery,
    aggregated: frozenset[FieldPath] = frozenset(),
) -> Query:
    """Check and compile a query.

    `parent` is a document's name or `projects/P/databases/D/documents`. Fields that will be
    `aggregated` order the result as those of inequalities do, and documents must have them all.
    Raises RpcError.
    """
    check_parent(parent)
    if structured.offset < 0:
        raise invalid("offset is negative")
    if structured.HasField("limit") and structured.limit.value < 0:
        raise invalid("limit is negative")
    where = compile_filter(structured.where)
    explicit = [
        (parse_field_path(order.field.field_path), order.direction == _DESCENDING)
        for order in structured.order_by
    ]
    if explicit == [(NAME, True)] and not structured.HasField("where"):
        raise RpcError(
            grpc.StatusCode.FAILED_PRECONDITION, "Firestore does not support descending key scans"
        )
    disjunctions = check_filter(structured.where, where.inequalities)
    check_orders([path for path, _ in explicit], where.inequalities)
    orders = _complete_orders(explicit, where.inequalities | aggregated)
    return Query(
        scope=_scope(parent, structured),
        where=where,
        orders=orders,
        start=_bound(structured.start_at, orders, len(explicit))
        if structured.HasField("start_at")
        else None,
        end=_bound(structured.end_at, orders, len(explicit))
        if structured.HasField("end_at")
        else None,
        offset=structured.offset,
        limit=structured.limit.value if structured.HasField("limit") else None,
        projection=tuple(parse_field_path(field.field_path) for field in structured.select.fields)
        if structured.HasField("select") and structured.select.fields
        else None,
        disjunctions=disjunctions,
        vector=_vector(structured.find_nearest) if structured.HasField("find_nearest") else None,
    )


def _scope(parent: str, structured: wire.StructuredQuery) -> Scope:
    selectors = structured.from_
    if not selectors:
        return Scope(parent, None, all_descendants=True)
    if len(selectors) > 1:
        raise invalid("A query must have exactly one collection selector.")
    collection_id = selectors[0].collection_id
    return Scope(
        parent,
        check_collection_id(collection_id) if collection_id else None,
        selectors[0].all_descendants,
    )


def _vector(search: wire.FindNearest) -> tuple[FieldPath, int]:
    vector = search.query_vector.map_value.fields["value"].array_value.values
    if len(vector) > MAX_DIMENSIONS:
        raise invalid(f"A query vector can have at most {MAX_DIMENSIONS} dimensions.")
    return parse_field_path(search.vector_field.field_path), len(vector)


def _complete_orders(
    explicit: list[tuple[FieldPath, bool]], implied: frozenset[FieldPath]
) -> tuple[tuple[FieldPath, bool], ...]:
    """Add what the order implies: some fields, then the name, in the last direction."""
    orders = list(explicit)
    direction = explicit[-1][1] if explicit else False
    ordered = {path for path, _ in explicit}
    orders += [(path, direction) for path in sorted(implied - ordered - {NAME})]
    if NAME not in ordered:
        orders.append((NAME, direction))
    return tuple(orders)


def _bound(cursor: wire.Cursor, orders: tuple[tuple[FieldPath, bool], ...], explicit: int) -> Bound:
    if len(cursor.values) > explicit:
        raise invalid("Cursor has too many values.")
    keys = []
    for value, (path, descending) in zip(cursor.values, orders, strict=False):
        if path == NAME:
            if not value.HasField("reference_value"):
                raise invalid("A cursor value for __name__ must be a reference.")
            key = order_key(value)
        else:
            key = order_key(value)
        keys.append(Descending(key) if descending else key)
    return Bound(tuple(keys), cursor.before)
