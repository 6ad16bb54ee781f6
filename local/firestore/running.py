"""Runs a query on a view: through an index where there is one, else over the whole collection."""

from __future__ import annotations

from local.firestore.documents import Document
from local.firestore.order import OrderKey
from local.firestore.query import Query
from local.firestore.store import CurrentView, SnapshotView


def run_query(query: Query, view: CurrentView | SnapshotView) -> list[tuple[OrderKey, Document]]:
    """Pick, sort and cut; the result keeps the sort keys."""
    size = None if query.limit is None else query.offset + query.limit
    return run_first(query, size, view)[query.offset :]


def run_first(
    query: Query, size: int | None, view: CurrentView | SnapshotView
) -> list[tuple[OrderKey, Document]]:
    """The same for the first so many (None: all), whatever offset and limit say."""
    walk = query.walk
    if walk is not None:
        in_order = view.walk(query.scope, walk)
        if in_order is not None:
            return query.first_in_order(size, in_order)
    return query.first(size, view.scan(query.scope, query.where.narrowings))
