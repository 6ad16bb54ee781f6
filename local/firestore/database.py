"""One database: its documents, transactions and listeners, and how a commit goes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from local.firestore import wire
from local.firestore.authorizer import Authorizer, Change
from local.firestore.callers import Caller
from local.firestore.clock import Clock
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.index_entries import check_index_entries
from local.firestore.index_use import IndexPolicy
from local.firestore.listeners import Listeners
from local.firestore.names import project_of
from local.firestore.store import ChangedView, CurrentView, SnapshotView, Store
from local.firestore.transactions import Transaction, Transactions
from local.firestore.transforms import request_time
from local.firestore.usage import Usage
from local.firestore.writes import plan_writes, written_names


class Database:
    """The state of `projects/P/databases/D`; lives on one event loop."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        authorizer_for: Callable[[str], Authorizer],
        indexes: IndexPolicy,
    ) -> None:
        self.name = name
        self.clock = clock
        self.indexes = indexes
        self.store = Store()
        self.transactions = Transactions()
        self.listeners = Listeners()
        self.usage = Usage()
        self._authorizer_for = authorizer_for

    @property
    def authorizer(self) -> Authorizer:
        """The rules in force now."""
        return self._authorizer_for(project_of(self.name))

    def view(self) -> CurrentView:
        """Read the newest versions."""
        return CurrentView(self.store)

    def view_at(self, version: int) -> SnapshotView:
        """Read a version of the past."""
        return SnapshotView(self.store, version)

    async def commit(
        self, writes: Sequence[wire.Write], caller: Caller, transaction: Transaction | None = None
    ) -> tuple[int, list[wire.WriteResult]]:
        """Make all writes or none; returns the commit time and a result per write.

        A transaction is over afterwards, whether this succeeds or not.
        """
        try:
            names = written_names(writes, self.name)
            if transaction is not None and transaction.read_version is not None and names:
                raise invalid("Cannot modify entities in a read-only transaction.")
            await self.transactions.may_write(names, transaction)
            done = self._commit_now(writes, caller)
            self.usage.commit(caller, writes)
            return done
        finally:
            if transaction is not None:
                self.transactions.end(transaction)

    def _commit_now(
        self, writes: Sequence[wire.Write], caller: Caller
    ) -> tuple[int, list[wire.WriteResult]]:
        commit_time = self.clock.next()
        view = self.view()
        plan = plan_writes(writes, view, commit_time)
        if not caller.admin:
            authorizer = self.authorizer
            for name in plan.verified:
                authorizer.get(caller, name, view.get(name), view)
            if plan.changes:
                after = ChangedView(view, plan.changes)
                authorizer.write(caller, plan.changes, view, after, request_time(commit_time))
        if plan.unmet is not None:
            raise plan.unmet
        changes = [change for change in plan.changes if change.after is not change.before]
        for change in changes:
            if change.after is not None:
                check_index_entries(change.after, self.indexes.indexes)
        if changes:
            self.store.apply(commit_time, changes)
            self.listeners.publish(commit_time, changes)
        return commit_time, plan.results

    def put_imported(self, documents: Sequence[Document]) -> None:
        """Take in documents as they once were, past rules and locks; listeners see them."""
        version = self.clock.next_after(max((found.update_time for found in documents), default=0))
        changes = [Change(found.name, self.store.get(found.name), found) for found in documents]
        self.store.apply(version, changes)
        self.listeners.publish(version, changes)

    def clear(self) -> None:
        """Delete every document and its history, past all locks; listeners see the deletes."""
        version = self.clock.next()
        changes = [
            Change(document.name, document, None) for document in self.store.documents_below("")
        ]
        self.transactions.end_all()
        self.store = Store(horizon=version)
        self.listeners.publish(version, changes)

    def delete_recursively(self, path: str) -> None:
        """Delete a document or a collection, by its full name, and everything below it."""
        below = self.store.documents_below(path + "/")
        itself = self.store.get(path)
        changes = [
            Change(document.name, document, None)
            for document in ([itself] if itself else []) + below
        ]
        version = self.clock.next()
        self.store.apply(version, changes)
        self.listeners.publish(version, changes)
