"""What one target of a Listen stream shows, and how a commit changes that."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from local.firestore import wire
from local.firestore.authorizer import Authorizer, Change, View
from local.firestore.callers import Caller
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.listeners import ANYTHING, group_key
from local.firestore.names import check_document
from local.firestore.order import OrderKey
from local.firestore.query import Projection, Query, compile_query
from local.firestore.running import run_first, run_query
from local.firestore.store import CurrentView


@dataclass
class Delta:
    """What a commit does to a target: documents that are in it, and names that no longer are."""

    updated: list[Document] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class Target(Protocol):
    """A set of documents that a client watches."""

    @property
    def keys(self) -> Sequence[str]:
        """The keys of `listeners.change_keys` that it must be found under."""

    def authorize(self, authorizer: Authorizer, caller: Caller, view: View) -> None:
        """Raise PERMISSION_DENIED if the caller may not watch this."""

    def start(self, view: CurrentView) -> Delta:
        """Read everything; `removed` are documents asked for by name that are missing."""

    def follow(self, changes: Iterable[Change], view: CurrentView) -> Delta:
        """Take in a commit that has been applied to `view`."""

    @property
    def projection(self) -> Projection:
        """The fields that the client wants, None for all."""


def parse_target(database: str, target: wire.Target) -> Target:
    """Build a target from a request; raises RpcError."""
    match target.WhichOneof("target_type"):
        case "documents":
            return DocumentsTarget(
                [check_document(name, database) for name in target.documents.documents]
            )
        case "query" if target.query.HasField("structured_query"):
            if not target.query.parent.startswith(database + "/"):
                raise invalid("The query of a target must be in the database of the stream.")
            query = compile_query(target.query.parent, target.query.structured_query)
            if query.windowed:
                return WindowTarget(query, target.query)
            return QueryTarget(query, target.query)
        case _:
            raise invalid("A target must have a query or documents.")


class DocumentsTarget:
    """Documents by name."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    @property
    def keys(self) -> Sequence[str]:
        return self._names

    def authorize(self, authorizer: Authorizer, caller: Caller, view: View) -> None:
        for name in self._names:
            authorizer.get(caller, name, view.get(name), view)

    def start(self, view: CurrentView) -> Delta:
        return self._delta(self._names, view)

    def follow(self, changes: Iterable[Change], view: CurrentView) -> Delta:
        return self._delta([change.name for change in changes], view)

    def _delta(self, names: Sequence[str], view: CurrentView) -> Delta:
        delta = Delta()
        for name in names:
            document = view.get(name)
            if document is None:
                delta.removed.append(name)
            else:
                delta.updated.append(document)
        return delta

    @property
    def projection(self) -> Projection:
        return None


class QueryTarget:
    """A query whose members do not depend on each other: nothing has to be remembered."""

    def __init__(self, query: Query, source: wire.QueryTarget) -> None:
        self.query = query
        self._parent = source.parent
        self._structured_query = source.structured_query

    @property
    def keys(self) -> Sequence[str]:
        scope = self.query.scope
        if scope.collection_id is None:
            return (ANYTHING,)
        if scope.all_descendants:
            return (group_key(scope.collection_id),)
        return (f"{scope.parent}/{scope.collection_id}",)

    def authorize(self, authorizer: Authorizer, caller: Caller, view: View) -> None:
        authorizer.list(caller, self._parent, self._structured_query, view)

    def start(self, view: CurrentView) -> Delta:
        return Delta(updated=[document for _, document in run_query(self.query, view)])

    def follow(self, changes: Iterable[Change], view: CurrentView) -> Delta:  # noqa: ARG002 - the changes tell it all
        delta = Delta()
        for change in changes:
            if change.after is not None and self.query.place(change.after) is not None:
                delta.updated.append(change.after)
            elif change.before is not None and self.query.place(change.before) is not None:
                delta.removed.append(change.name)
        return delta

    @property
    def projection(self) -> Projection:
        return self.query.projection


class WindowTarget(QueryTarget):
    """A query with a limit or an offset.

    It remembers the members up to offset + limit, with their sort keys, and runs the query again
    only when members left and others, outside of what it remembers, must move up.
    """

    def __init__(self, query: Query, source: wire.QueryTarget) -> None:
        super().__init__(query, source)
        self._members: list[tuple[OrderKey, str]] = []
        self._all_fit = True
        self._size = None if query.limit is None else query.offset + query.limit

    def start(self, view: CurrentView) -> Delta:
        self._read(view)
        names = [name for _, name in self._shown()]
        return Delta(updated=[doc for name in names if (doc := view.get(name)) is not None])

    def _shown(self) -> list[tuple[OrderKey, str]]:
        return self._members[self.query.offset :]

    def _read(self, view: CurrentView) -> None:
        one_more = None if self._size is None else self._size + 1
        found = run_first(self.query, one_more, view)
        self._members = [(key, document.name) for key, document in found]
        self._cut()

    def _cut(self) -> None:
        """Keep what the window needs; one more than fits shows that there are others outside."""
        self._all_fit = self._size is None or len(self._members) <= self._size
        if self._size is not None:
            del self._members[self._size :]

    def follow(self, changes: Iterable[Change], view: CurrentView) -> Delta:
        before = {name for _, name in self._shown()}
        changed = {change.name: change.after for change in changes}
        self._follow_members(changed, view)
        after = [name for _, name in self._shown()]
        delta = Delta(removed=sorted(before.difference(after)))
        for name in after:
            if name not in before or name in changed:
                document = view.get(name)
                if document is not None:
                    delta.updated.append(document)
        return delta

    def _follow_members(self, changed: dict[str, Document | None], view: CurrentView) -> None:
        edge = self._members[-1][0] if self._members else None
        others_outside = not self._all_fit
        self._members = [member for member in self._members if member[1] not in changed]
        for name, document in changed.items():
            key = None if document is None else self.query.place(document)
            if key is None:
                continue
            if others_outside and (edge is None or key > edge):
                continue  # it sorts among those outside
            insort(self._members, (key, name))
        if others_outside and self._size is not None and len(self._members) < self._size:
            self._read(view)
            return
        self._cut()
        self._all_fit = self._all_fit and not others_outside
