"""The documents of one database: the current ones, and the versions of the last hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from local.firestore.authorizer import Change, View
from local.firestore.documents import Document
from local.firestore.field_index import FieldIndex
from local.firestore.field_paths import FieldPath
from local.firestore.filters import Narrowing
from local.firestore.query import Scope, Walk

HISTORY_MICROSECONDS = 3600 * 1_000_000
_MAX_OLD_VERSIONS = 100_000
_WORTH_AN_INDEX = 64  # documents in a collection; below, looking at each is as quick


class Store:
    """Documents by name, collection and collection id; work per change does not grow with them."""

    def __init__(self, horizon: int = 0) -> None:
        self._documents: dict[str, Document] = {}
        self._collections: dict[str, dict[str, Document]] = {}
        self._groups: dict[str, set[str]] = {}
        self._indexes: dict[str, dict[FieldPath, FieldIndex]] = {}
        # What a document was until a version took its place, oldest first.
        self._history: dict[str, list[tuple[int, Document | None]]] = {}
        self._superseded: deque[tuple[int, str]] = deque()
        self._horizon = horizon

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def horizon(self) -> int:
        """The oldest version that can still be read."""
        return self._horizon

    def __getitem__(self, name: str) -> Document:
        return self._documents[name]

    def get(self, name: str) -> Document | None:
        """Read the current version."""
        return self._documents.get(name)

    def get_at(self, name: str, version: int) -> Document | None:
        """Read what was current at a version."""
        found = self._documents.get(name)
        for superseded_at, document in reversed(self._history.get(name, ())):
            if superseded_at <= version:
                break
            found = document
        return found

    def apply(self, version: int, changes: Iterable[Change]) -> None:
        """Make changes current as of a version, which must be the highest so far."""
        for change in changes:
            self._history.setdefault(change.name, []).append((version, change.before))
            self._superseded.append((version, change.name))
            self._put(change)
        self._forget(version - HISTORY_MICROSECONDS)

    def _put(self, change: Change) -> None:
        name, after = change.name, change.after
        path, _, _ = name.rpartition("/")
        if after is not None:
            self._documents[name] = after
            collection = self._collections.get(path)
            if collection is None:
                collection = self._collections[path] = {}
                self._groups.setdefault(path.rpartition("/")[2], set()).add(path)
            collection[name] = after
        elif change.before is not None:
            del self._documents[name]
            del self._collections[path][name]
            if not self._collections[path]:
                self._drop_collection(path)
        for index in self._indexes.get(path, {}).values():
            index.replace(change.before, after)

    def _drop_collection(self, path: str) -> None:
        del self._collections[path]
        self._indexes.pop(path, None)
        collection_id = path.rpartition("/")[2]
        self._groups[collection_id].discard(path)
        if not self._groups[collection_id]:
            del self._groups[collection_id]

    def _forget(self, horizon: int) -> None:
        while self._superseded and (
            self._superseded[0][0] <= horizon or len(self._superseded) > _MAX_OLD_VERSIONS
        ):
            version, name = self._superseded.popleft()
            self._horizon = version
            versions = self._history[name]
            del versions[0]
            if not versions:
                del self._history[name]

    def collections(self, scope: Scope) -> list[str]:
        """List the paths of the collections that a scope covers."""
        if scope.collection_id is not None and not scope.all_descendants:
            path = f"{scope.parent}/{scope.collection_id}"
            return [path] if path in self._collections else []
        paths: Iterable[str] = (
            self._collections
            if scope.collection_id is None
            else self._groups.get(scope.collection_id, ())
        )
        prefix = scope.parent + "/"
        return [
            path
            for path in paths
            if path.startswith(prefix) and (scope.all_descendants or "/" not in path[len(prefix) :])
        ]

    def scan(self, scope: Scope, narrowings: Sequence[Narrowing] = ()) -> Iterator[Document]:
        """Go through the current documents that may match."""
        for path in self.collections(scope):
            collection = self._collections[path]
            if not narrowings or len(collection) < _WORTH_AN_INDEX:
                yield from list(collection.values())
            else:
                yield from self._narrowed(path, narrowings)

    def _narrowed(self, path: str, narrowings: Sequence[Narrowing]) -> list[Document]:
        found = [self._index(path, one.path).names(one.keys) for one in narrowings]
        return [self._documents[name] for name in min(found, key=len)]

    def walk(self, scope: Scope, walk: Walk) -> Iterator[Document] | None:
        """Go through one collection in the order of a field; None if it is not worth it."""
        paths = self.collections(scope)
        if len(paths) != 1 or len(self._collections[paths[0]]) < _WORTH_AN_INDEX:
            return None
        index = self._index(paths[0], walk.path)
        names = index.walk(walk.within, descending=walk.descending)
        return (self._documents[name] for name in names)

    def _index(self, path: str, field: FieldPath) -> FieldIndex:
        indexes = self._indexes.setdefault(path, {})
        index = indexes.get(field)
        if index is None:
            index = indexes[field] = FieldIndex(field)
            for document in self._collections[path].values():
                index.replace(None, document)
        return index

    def scan_at(self, scope: Scope, version: int) -> Iterator[Document]:
        """Go through the documents that were there at a version."""
        names = [name for path in self.collections(scope) for name in list(self._collections[path])]
        gone = [name for name in self._history if name not in self._documents]
        for name in (*names, *(name for name in gone if scope.holds(name))):
            document = self.get_at(name, version)
            if document is not None:
                yield document

    def documents_below(self, prefix: str) -> list[Document]:
        """List the current documents whose names start with a prefix."""
        return [document for name, document in self._documents.items() if name.startswith(prefix)]


class CurrentView:
    """Reads the newest versions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> Document | None:
        return self._store.get(name)

    def scan(self, scope: Scope, narrowings: Sequence[Narrowing] = ()) -> Iterator[Document]:
        return self._store.scan(scope, narrowings)

    def walk(self, scope: Scope, walk: Walk) -> Iterator[Document] | None:
        return self._store.walk(scope, walk)


class SnapshotView:
    """Reads what was current at one version."""

    def __init__(self, store: Store, version: int) -> None:
        self._store = store
        self._version = version

    def get(self, name: str) -> Document | None:
        return self._store.get_at(name, self._version)

    def scan(self, scope: Scope, narrowings: Sequence[Narrowing] = ()) -> Iterator[Document]:  # noqa: ARG002 - the indexes know the present only
        return self._store.scan_at(scope, self._version)

    def walk(self, scope: Scope, walk: Walk) -> None:
        """There is no way: the indexes know the present only."""


class ChangedView:
    """Reads what will be current once some changes are made."""

    def __init__(self, view: View, changes: Iterable[Change]) -> None:
        self._view = view
        self._after = {change.name: change.after for change in changes}

    def get(self, name: str) -> Document | None:
        return self._after[name] if name in self._after else self._view.get(name)
