"""Which version a read sees: the newest, one of the past, or that of a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from local.firestore import wire
from local.firestore.database import Database
from local.firestore.errors import RpcError, invalid
from local.firestore.store import CurrentView, SnapshotView
from local.firestore.transactions import Transaction


@dataclass(frozen=True)
class Reading:
    """How one request reads; `begun` is the id of a transaction that it started."""

    database: Database
    view: CurrentView | SnapshotView
    version: int
    transaction: Transaction | None = None
    begun: bytes = b""

    @property
    def read_time(self) -> wire.Timestamp:
        """The version, for the response."""
        return wire.timestamp(self.version)

    def lock_document(self, name: str) -> None:
        """Keep others from writing what was read, for as long as the transaction is open."""
        if self.transaction is not None:
            self.database.transactions.lock_document(self.transaction, name)

    def lock_collection(self, collection_id: str | None) -> None:
        """Keep others from changing what was queried, for as long as the transaction is open."""
        if self.transaction is not None:
            self.database.transactions.lock_collection(self.transaction, collection_id)


def begin(database: Database, options: wire.TransactionOptions) -> Transaction:
    """Open the transaction that the options ask for."""
    if options.WhichOneof("mode") != "read_only":
        return database.transactions.begin(None)
    if options.read_only.HasField("read_time"):
        return database.transactions.begin(_past(database, options.read_only.read_time))
    return database.transactions.begin(database.clock.now())


def reading(database: Database, request: Any) -> Reading:
    """Read the `consistency_selector` of a request; raises RpcError."""
    match request.WhichOneof("consistency_selector"):
        case "transaction":
            return _in(database, database.transactions.get(request.transaction))
        case "new_transaction":
            transaction = begin(database, request.new_transaction)
            return _in(database, transaction, begun=transaction.id)
        case "read_time":
            version = _past(database, request.read_time)
            return Reading(database, database.view_at(version), version)
        case _:
            return Reading(database, database.view(), database.clock.now())


def _in(database: Database, transaction: Transaction, begun: bytes = b"") -> Reading:
    if transaction.read_version is None:
        return Reading(database, database.view(), database.clock.now(), transaction, begun)
    version = transaction.read_version
    return Reading(database, database.view_at(version), version, transaction, begun)


def _past(database: Database, stamp: wire.Timestamp) -> int:
    version = wire.microseconds(stamp)
    if version > database.clock.now():
        raise invalid("read_time must not be in the future.")
    if version < database.store.horizon:
        raise RpcError(
            grpc.StatusCode.FAILED_PRECONDITION, "The requested snapshot version is too old."
        )
    return version
