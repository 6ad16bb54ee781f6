"""One Listen stream: many targets, and a consistent snapshot after every commit.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#listenresponse
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import grpc

from local.firestore import wire
from local.firestore.authorizer import Change
from local.firestore.callers import Caller
from local.firestore.database import Database
from local.firestore.documents import Document
from local.firestore.errors import RpcError, invalid
from local.firestore.listen_targets import (
    Delta,
    DocumentsTarget,
    QueryTarget,
    Target,
    parse_target,
)
from local.firestore.names import check_database
from local.firestore.query import Projection, project

_NO_CHANGE, _ADD, _REMOVE, _CURRENT, _RESET = range(5)  # TargetChange.TargetChangeType


class ListenSession:
    """The server's side of a Listen stream.

    `send` takes each response and must not block. Errors of one target are told as its removal
    with a cause; errors of the stream are raised by `handle`.
    """

    def __init__(
        self,
        database_named: Callable[[str], Database],
        caller: Caller,
        send: Callable[[wire.ListenResponse], None],
    ) -> None:
        self._database_named = database_named
        self._caller = caller
        self._send = send
        self._database: Database | None = None
        self._targets: dict[int, Target] = {}

    async def handle(self, request: wire.ListenRequest) -> bool:
        """Take a request; never ends the stream, except by raising RpcError."""
        database = self._opened(request.database)
        match request.WhichOneof("target_change"):
            case "add_target":
                self._add(database, request.add_target)
            case "remove_target":
                if self._drop(request.remove_target):
                    self._send_target_change(_REMOVE, [request.remove_target])
        return False

    def close(self) -> None:
        """Forget all targets."""
        for target_id in list(self._targets):
            self._drop(target_id)

    def _opened(self, name: str) -> Database:
        if self._database is None:
            self._database = self._database_named(check_database(name))
        elif name and name != self._database.name:
            raise invalid("'database' must not change within a stream.")
        return self._database

    def _add(self, database: Database, request: wire.Target) -> None:
        target_id = request.target_id or max(self._targets, default=0) + 1
        if target_id in self._targets:
            raise invalid(f"Target id {target_id} is in use.")
        view = database.view()
        try:
            target = parse_target(database.name, request)
            if not self._caller.admin:
                target.authorize(database.authorizer, self._caller, view)
            if isinstance(target, QueryTarget):
                database.indexes.check(target.query)
        except RpcError as error:
            self._send_target_change(_REMOVE, [target_id], cause=error)
            return
        delta = target.start(view)
        database.usage.listen(self._caller, len(delta.updated))
        self._targets[target_id] = target
        database.listeners.add(self, target_id, target)
        version = database.clock.now()
        self._send_target_change(_ADD, [target_id])
        if request.WhichOneof("resume_type") is not None:
            # What a client has from before is not followed up: it gets everything anew.
            self._send_target_change(_RESET, [target_id])
        self._send_documents(database, version, {target_id: delta})
        self._send_target_change(_CURRENT, [target_id], version)
        self._send_target_change(_NO_CHANGE, [], version)

    def _drop(self, target_id: int) -> bool:
        target = self._targets.pop(target_id, None)
        if target is not None and self._database is not None:
            self._database.listeners.remove(self, target_id, target)
        return target is not None

    def fail(self) -> None:
        """Remove all targets, for a reason of our own."""
        error = RpcError(grpc.StatusCode.INTERNAL, "The local Firestore failed; see its log.")
        for target_id in list(self._targets):
            self._drop(target_id)
            self._send_target_change(_REMOVE, [target_id], cause=error)

    def recheck(self) -> None:
        """Ask the rules again; targets that are denied now are removed."""
        if self._caller.admin or self._database is None:
            return
        for target_id, target in list(self._targets.items()):
            self._still_allowed(self._database, target_id, target)

    def _still_allowed(self, database: Database, target_id: int, target: Target) -> bool:
        try:
            target.authorize(database.authorizer, self._caller, database.view())
        except RpcError as error:
            self._drop(target_id)
            self._send_target_change(_REMOVE, [target_id], cause=error)
            return False
        return True

    def deliver(self, version: int, changes_by_target: dict[int, list[Change]]) -> None:
        """Send what a commit changes, as one snapshot."""
        database = self._database
        if database is None:
            return
        view = database.view()
        deltas: dict[int, Delta] = {}
        for target_id, changes in changes_by_target.items():
            target = self._targets.get(target_id)
            if target is None:
                continue
            if (
                isinstance(target, DocumentsTarget)
                and not self._caller.admin
                and not self._still_allowed(database, target_id, target)
            ):
                continue
            delta = deltas[target_id] = target.follow(changes, view)
            left = sum(view.get(name) is not None for name in delta.removed)
            database.usage.heard(self._caller, len(delta.updated) + left)
        self._send_documents(database, version, deltas)
        self._send_target_change(_NO_CHANGE, [], version)

    def _send_documents(self, database: Database, version: int, deltas: dict[int, Delta]) -> None:
        """Send each document once, with the targets that it is in and those it has left."""
        updated: dict[tuple[str, Projection], list[int]] = {}
        removed: dict[str, list[int]] = {}
        documents: dict[str, Document] = {}
        for target_id, delta in deltas.items():
            projection = self._targets[target_id].projection
            for document in delta.updated:
                documents[document.name] = document
                updated.setdefault((document.name, projection), []).append(target_id)
            for name in delta.removed:
                removed.setdefault(name, []).append(target_id)
        for (name, projection), target_ids in updated.items():
            message = project(documents[name], projection)
            self._send_change(message, target_ids, removed.pop(name, ()))
        for name, target_ids in removed.items():
            self._send_removal(database, version, name, target_ids)

    def _send_change(
        self, document: wire.Document, target_ids: Iterable[int], removed: Iterable[int]
    ) -> None:
        self._send(
            wire.ListenResponse(
                document_change=wire.DocumentChange(
                    document=document, target_ids=target_ids, removed_target_ids=removed
                )
            )
        )

    def _send_removal(
        self, database: Database, version: int, name: str, target_ids: list[int]
    ) -> None:
        document = database.store.get(name)
        read_time = wire.timestamp(version)
        if document is None:
            gone = wire.DocumentDelete(
                document=name, removed_target_ids=target_ids, read_time=read_time
            )
            self._send(wire.ListenResponse(document_delete=gone))
        elif self._may_read(database, document):
            self._send_change(document.message(), (), target_ids)
        else:
            left = wire.DocumentRemove(
                document=name, removed_target_ids=target_ids, read_time=read_time
            )
            self._send(wire.ListenResponse(document_remove=left))

    def _may_read(self, database: Database, document: Document) -> bool:
        if self._caller.admin:
            return True
        try:
            database.authorizer.get(self._caller, document.name, document, database.view())
        except RpcError:
            return False
        return True

    def _send_target_change(
        self,
        change_type: int,
        target_ids: list[int],
        version: int | None = None,
        cause: RpcError | None = None,
    ) -> None:
        change: Any = wire.TargetChange(target_change_type=change_type, target_ids=target_ids)
        if version is not None:
            change.read_time.CopyFrom(wire.timestamp(version))
            change.resume_token = version.to_bytes(8, "big")
        if cause is not None:
            change.cause.code = cause.code.value[0]
            change.cause.message = cause.message
        self._send(wire.ListenResponse(target_change=change))
