"""The RPCs that write, and those that open and close transactions."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from typing import Any

from local.firestore import wire
from local.firestore.callers import Caller
from local.firestore.consistency import begin
from local.firestore.database import Database
from local.firestore.errors import RpcError, invalid
from local.firestore.names import (
    check_collection_id,
    check_database,
    check_document,
    check_parent,
    database_of,
)
from local.firestore.query import project
from local.firestore.reads import mask_of
from local.firestore.writes import written_names

_ID_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH = 20


class Commits:
    """Commit, BatchWrite, the writes of single documents, BeginTransaction and Rollback."""

    def __init__(self, database_named: Callable[[str], Database]) -> None:
        self._database_named = database_named

    async def begin_transaction(
        self,
        request: wire.BeginTransactionRequest,
        caller: Caller,  # noqa: ARG002 - anyone may
    ) -> wire.BeginTransactionResponse:
        """Open a transaction."""
        database = self._database_named(check_database(request.database))
        return wire.BeginTransactionResponse(transaction=begin(database, request.options).id)

    async def rollback(
        self,
        request: wire.RollbackRequest,
        caller: Caller,  # noqa: ARG002 - who knows the id may
    ) -> wire.Empty:
        """Close a transaction without writing; one that is over already is no error."""
        database = self._database_named(check_database(request.database))
        transaction_id = request.transaction
        if not database.transactions.issued(transaction_id):
            raise invalid("Transaction is invalid or expired.")
        if database.transactions.is_open(transaction_id):
            database.transactions.end(database.transactions.get(transaction_id))
        return wire.Empty()

    async def commit(self, request: wire.CommitRequest, caller: Caller) -> wire.CommitResponse:
        """Make all writes, or none."""
        database = self._database_named(check_database(request.database))
        transaction = (
            database.transactions.get(request.transaction) if request.transaction else None
        )
        commit_time, results = await database.commit(request.writes, caller, transaction)
        return wire.CommitResponse(write_results=results, commit_time=wire.timestamp(commit_time))

    async def batch_write(
        self, request: wire.BatchWriteRequest, caller: Caller
    ) -> wire.BatchWriteResponse:
        """Make each write on its own; one that fails leaves the others alone."""
        database = self._database_named(check_database(request.database))
        names = written_names(request.writes, database.name)
        if len(set(names)) < len(names):
            raise invalid("BatchWrite cannot write to the same document more than once.")
        response = wire.BatchWriteResponse()
        for write in request.writes:
            status, result = wire.Status(), wire.WriteResult()
            try:
                _, (result,) = await database.commit([write], caller)
            except RpcError as error:
                status.code = error.code.value[0]
                status.message = error.message
            response.status.append(status)
            response.write_results.append(result)
        return response

    async def create_document(
        self, request: wire.CreateDocumentRequest, caller: Caller
    ) -> wire.Document:
        """Create a document, under an id of our own if none is given."""
        parent = check_parent(request.parent)
        collection_id = check_collection_id(request.collection_id)
        document_id = request.document_id or "".join(
            secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH)
        )
        write = wire.Write(update=request.document)
        write.update.name = f"{parent}/{collection_id}/{document_id}"
        write.current_document.exists = False
        return await self._write_one(write, request, caller)

    async def update_document(
        self, request: wire.UpdateDocumentRequest, caller: Caller
    ) -> wire.Document:
        """Write one document, or the fields that the update mask names."""
        write = wire.Write(update=request.document)
        if request.HasField("update_mask"):
            write.update_mask.CopyFrom(request.update_mask)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        return await self._write_one(write, request, caller)

    async def delete_document(
        self, request: wire.DeleteDocumentRequest, caller: Caller
    ) -> wire.Empty:
        """Delete one document; it need not exist."""
        name = check_document(request.name)
        write = wire.Write(delete=name)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        await self._database_named(database_of(name)).commit([write], caller)
        return wire.Empty()

    async def _write_one(self, write: wire.Write, request: Any, caller: Caller) -> wire.Document:
        name = check_document(write.update.name)
        mask = mask_of(request)
        database = self._database_named(database_of(name))
        await database.commit([write], caller)
        return project(database.store[name], mask)  # nothing was awaited since the commit
