"""The Firestore service: every RPC, whatever protocol it comes by; all on one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from local.firestore import wire
from local.firestore.authorizer import AllowAll, Authorizer
from local.firestore.callers import Caller
from local.firestore.clock import Clock
from local.firestore.commits import Commits
from local.firestore.database import Database
from local.firestore.errors import invalid, unimplemented
from local.firestore.index_use import IndexPolicy
from local.firestore.listen_session import ListenSession
from local.firestore.listings import Listings
from local.firestore.methods import METHODS, Kind, Method
from local.firestore.names import check_database, database_of
from local.firestore.reads import Reads
from local.firestore.write_session import WriteSession

__all__ = ["METHODS", "FirestoreService", "Kind", "Method", "Session"]


class Session(Protocol):
    """An open Listen or Write stream."""

    async def handle(self, request: Any) -> bool:
        """Take one request; True ends the stream with OK, RpcError with its status.

        To be called for one request after the other.
        """

    def close(self) -> None:
        """Forget the stream; may be called twice."""


class FirestoreService(Reads, Listings, Commits):
    """All RPCs, by the names in METHODS, and what the control endpoints need.

    Unary: `await service.commit(request, caller)`. Server streams are async iterators. Sessions
    are made by `listen` and `write_stream`; their `send` takes each response and must not block.
    """

    def __init__(self, clock: Clock | None = None, indexes: IndexPolicy | None = None) -> None:
        super().__init__(self.database)
        self._indexes = indexes or IndexPolicy()
        self._clock = clock or Clock()
        self._databases: dict[str, Database] = {}
        self._rules: dict[str, Authorizer] = {}
        self._default_rules: Authorizer = AllowAll()

    def listen(self, caller: Caller, send: Callable[[wire.ListenResponse], None]) -> ListenSession:
        """Open a Listen stream."""
        return ListenSession(self.database, caller, send)

    def write_stream(
        self, caller: Caller, send: Callable[[wire.WriteResponse], None]
    ) -> WriteSession:
        """Open a Write stream."""
        return WriteSession(self.database, caller, send)

    async def partition_query(
        self,
        request: wire.PartitionQueryRequest,  # noqa: ARG002 - refused
        caller: Caller,  # noqa: ARG002 - refused
    ) -> wire.PartitionQueryResponse:
        """Refuse: there is nothing to divide a query over."""
        raise unimplemented("PartitionQuery")

    async def execute_pipeline(
        self,
        request: wire.ExecutePipelineRequest,  # noqa: ARG002 - refused
        caller: Caller,  # noqa: ARG002 - refused
    ) -> AsyncIterator[wire.ExecutePipelineResponse]:
        """Refuse, as standard edition does."""
        raise invalid("ExecutePipeline requires the Database Edition to be `enterprise`.")
        yield

    def database(self, name: str) -> Database:
        """Find a database, `projects/P/databases/D`; it comes to life when it is first used."""
        database = self._databases.get(name)
        if database is None:
            database = Database(
                check_database(name), self._clock, self.authorizer_for, self._indexes
            )
            self._databases[name] = database
        return database

    def authorizer_for(self, project_id: str) -> Authorizer:
        """Find the rules of a project."""
        return self._rules.get(project_id, self._default_rules)

    def set_rules(self, project_id: str, authorizer: Authorizer) -> None:
        """Replace a project's rules; open listeners are checked against them at once."""
        self._rules[project_id] = authorizer
        self._recheck()

    def set_default_rules(self, authorizer: Authorizer) -> None:
        """Set the rules of projects that have none of their own."""
        self._default_rules = authorizer
        self._recheck()

    def _recheck(self) -> None:
        for database in self._databases.values():
            database.listeners.recheck()

    def clear(self, database: str) -> None:
        """Delete everything in a database; listeners see the deletes."""
        self.database(database).clear()

    def delete_recursively(self, path: str) -> None:
        """Delete a document or collection, by its full name, with everything below it."""
        self.database(database_of(path)).delete_recursively(path)

    def reset(self) -> None:
        """Delete every document of every database and end open transactions."""
        for database in self._databases.values():
            database.clear()
