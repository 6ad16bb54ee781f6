"""Transactions with shared locks: who read what keeps others from writing it for a while.

A read-write transaction locks the documents it read, found or not, and the ids of the collections
it queried. A write that meets the lock of another transaction waits, and gives up after two
seconds. A read-only transaction locks nothing: it reads one version.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import grpc

from local.firestore.errors import RpcError, invalid

LOCK_WAIT_SECONDS = 2.0
IDLE_SECONDS = 60.0
ANY_COLLECTION = "*"
_ID_BYTES = 16


@dataclass(eq=False)
class Transaction:
    """An open transaction; `read_version` is set for those that only read."""

    id: bytes
    read_version: int | None
    used_at: float
    locks: set[str] = field(default_factory=set)
    waits_for: frozenset[Transaction] = frozenset()


def _aborted(message: str) -> RpcError:
    return RpcError(grpc.StatusCode.ABORTED, message)


class Transactions:
    """The open transactions of one database, and the locks they hold."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
    ) -> None:
        self._now = now
        self._lock_wait_seconds = lock_wait_seconds
        self._prefix = secrets.token_bytes(_ID_BYTES - 8)
        self._last = 0
        self._open: dict[bytes, Transaction] = {}  # the one that rested longest comes first
        self._holders: dict[str, set[Transaction]] = {}
        self._released: dict[asyncio.Future[None], None] = {}  # in the order of their waiting

    def begin(self, read_version: int | None) -> Transaction:
        """Open a transaction, one that only reads if a version is given."""
        self._expire()
        self._last += 1
        transaction_id = self._prefix + self._last.to_bytes(8, "big")
        transaction = Transaction(transaction_id, read_version, used_at=self._now())
        self._open[transaction.id] = transaction
        return transaction

    def get(self, transaction_id: bytes) -> Transaction:
        """Find an open transaction, and note that it is in use."""
        self._expire()
        transaction = self._open.get(transaction_id)
        if transaction is None:
            if self.issued(transaction_id):
                raise _aborted("The referenced transaction has expired or is no longer valid.")
            raise invalid("Transaction is invalid or expired.")
        self._touch(transaction)
        return transaction

    def _touch(self, transaction: Transaction) -> None:
        transaction.used_at = self._now()
        self._open[transaction.id] = self._open.pop(transaction.id)

    def is_open(self, transaction_id: bytes) -> bool:
        """Tell whether a transaction can still be used."""
        self._expire()
        return transaction_id in self._open

    def issued(self, transaction_id: bytes) -> bool:
        """Tell whether an id is one that was given out here, whatever became of it."""
        return (
            len(transaction_id) == _ID_BYTES
            and transaction_id.startswith(self._prefix)
            and 0 < int.from_bytes(transaction_id[-8:], "big") <= self._last
        )

    def lock_document(self, transaction: Transaction, name: str) -> None:
        """Keep others from writing a document until the transaction ends."""
        self._lock(transaction, name)

    def lock_collection(self, transaction: Transaction, collection_id: str | None) -> None:
        """Keep others from writing to collections of an id (None: of any id)."""
        self._lock(transaction, collection_id or ANY_COLLECTION)

    def _lock(self, transaction: Transaction, key: str) -> None:
        if transaction.read_version is None:
            transaction.locks.add(key)
            self._holders.setdefault(key, set()).add(transaction)

    def end(self, transaction: Transaction) -> None:
        """Close a transaction and let those go on that wait for its locks."""
        if self._open.pop(transaction.id, None) is None:
            return
        for key in transaction.locks:
            holders = self._holders[key]
            holders.discard(transaction)
            if not holders:
                del self._holders[key]
        for waiting in self._released:
            if not waiting.done():
                waiting.set_result(None)

    def end_all(self) -> None:
        """Close every transaction."""
        for transaction in list(self._open.values()):
            self.end(transaction)

    async def may_write(self, names: Iterable[str], own: Transaction | None) -> None:
        """Wait until no other transaction holds a lock on what is to be written.

        On return the caller must write before it awaits anything. Raises ABORTED after two
        seconds, or at once if waiting could never end; `own` is closed then.
        """
        keys = [key for name in names for key in (name, name.split("/")[-2], ANY_COLLECTION)]
        deadline = self._now() + self._lock_wait_seconds
        while holders := self._conflicts(keys, own):
            left = deadline - self._now()
            if left <= 0 or (own is not None and _would_wait_forever(own, holders)):
                if own is not None:
                    self.end(own)
                raise _aborted("Transaction lock timeout.")
            if own is not None:
                own.waits_for = holders
                self._touch(own)
            await self._wait_for_release(left)
            if own is not None:
                own.waits_for = frozenset()
                if own.id not in self._open:
                    raise _aborted("The referenced transaction has expired or is no longer valid.")

    async def _wait_for_release(self, seconds: float) -> None:
        released: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._released[released] = None
        try:
            await asyncio.wait((released,), timeout=seconds)
        finally:
            del self._released[released]

    def _conflicts(self, keys: Iterable[str], own: Transaction | None) -> frozenset[Transaction]:
        if not self._holders:
            return frozenset()
        self._expire()
        holders = self._holders
        return frozenset(
            transaction
            for key in keys
            for transaction in holders.get(key, ())
            if transaction is not own
        )

    def _expire(self) -> None:
        oldest_allowed = self._now() - IDLE_SECONDS
        while self._open and (first := next(iter(self._open.values()))).used_at < oldest_allowed:
            self.end(first)


def _would_wait_forever(own: Transaction, holders: Iterable[Transaction]) -> bool:
    """Follow who waits for whom; a way back to `own` is a deadlock."""
    seen: set[Transaction] = set()
    ahead = list(holders)
    while ahead:
        transaction = ahead.pop()
        if transaction is own:
            return True
        if transaction not in seen:
            seen.add(transaction)
            ahead.extend(transaction.waits_for)
    return False
