"""The RPCs that read documents: by name, by query, and as aggregates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

import grpc

from local.firestore import wire
from local.firestore.aggregation import aggregate, aggregated_fields, check_aggregations
from local.firestore.callers import Caller
from local.firestore.consistency import Reading, reading
from local.firestore.database import Database
from local.firestore.documents import Document
from local.firestore.errors import RpcError, invalid
from local.firestore.field_paths import parse_field_path
from local.firestore.names import check_database, check_document, check_parent, database_of
from local.firestore.nearest import nearest
from local.firestore.query import Projection, compile_query, project
from local.firestore.running import run_query


class Reads:
    """GetDocument, BatchGetDocuments, RunQuery and RunAggregationQuery."""

    def __init__(self, database_named: Callable[[str], Database]) -> None:
        self._database_named = database_named

    async def get_document(self, request: wire.GetDocumentRequest, caller: Caller) -> wire.Document:
        """Read one document; NOT_FOUND if it is missing."""
        name = check_document(request.name)
        found = reading(self._database_named(database_of(name)), request)
        document = read_document(found, name, caller)
        found.database.usage.get(caller, 1)
        if document is None:
            raise RpcError(grpc.StatusCode.NOT_FOUND, f"Document ({name}) not found.")
        return project(document, mask_of(request))

    async def batch_get_documents(
        self, request: wire.BatchGetDocumentsRequest, caller: Caller
    ) -> AsyncIterator[wire.BatchGetDocumentsResponse]:
        """Read documents by name, found or missing; each once, in the order asked for."""
        database = self._database_named(check_database(request.database))
        names = [check_document(name, database.name) for name in dict.fromkeys(request.documents)]
        mask = mask_of(request)
        found = reading(database, request)
        documents = [(name, read_document(found, name, caller)) for name in names]
        database.usage.get(caller, len(documents))
        if found.begun:
            yield wire.BatchGetDocumentsResponse(transaction=found.begun)
        for name, document in documents:
            response = wire.BatchGetDocumentsResponse(read_time=found.read_time)
            if document is None:
                response.missing = name
            else:
                response.found.CopyFrom(project(document, mask))
            yield response

    async def run_query(
        self, request: wire.RunQueryRequest, caller: Caller
    ) -> AsyncIterator[wire.RunQueryResponse]:
        """Run a query; one response per document, or a single one that tells the read time."""
        found = self._reading_of_parent(request)
        structured = request.structured_query
        size, documents = _run(found, request.parent, structured, caller)
        found.database.usage.query(caller, size)
        if found.begun:
            yield wire.RunQueryResponse(transaction=found.begun)
        for response in documents:
            yield wire.RunQueryResponse(document=response, read_time=found.read_time)
        if not size:
            yield wire.RunQueryResponse(read_time=found.read_time)

    async def run_aggregation_query(
        self, request: wire.RunAggregationQueryRequest, caller: Caller
    ) -> AsyncIterator[wire.RunAggregationQueryResponse]:
        """Run a query and answer with aggregates of its result only."""
        found = self._reading_of_parent(request)
        structured = request.structured_aggregation_query
        check_aggregations(structured.aggregations)
        query = compile_query(
            request.parent,
            structured.structured_query,
            aggregated_fields(structured.aggregations),
        )
        if not caller.admin:
            found.database.authorizer.list(
                caller, request.parent, structured.structured_query, found.view
            )
        found.database.indexes.check(query)
        found.lock_collection(query.scope.collection_id)
        documents = run_query(query, found.view)
        found.database.usage.aggregate(caller, len(documents))
        yield wire.RunAggregationQueryResponse(
            result=aggregate(structured.aggregations, [document for _, document in documents]),
            read_time=found.read_time,
            transaction=found.begun,
        )

    def _reading_of_parent(
        self, request: wire.RunQueryRequest | wire.RunAggregationQueryRequest
    ) -> Reading:
        parent = check_parent(request.parent)
        if request.WhichOneof("query_type") is None:
            raise invalid("A query must be given.")
        return reading(self._database_named(database_of(parent)), request)


def _run(
    found: Reading, parent: str, structured: wire.StructuredQuery, caller: Caller
) -> tuple[int, Iterable[wire.Document]]:
    """How many documents there are, and each; it is built when it is sent, not all before."""
    query = compile_query(parent, structured)
    if not caller.admin:
        found.database.authorizer.list(caller, parent, structured, found.view)
    found.database.indexes.check(query)
    found.lock_collection(query.scope.collection_id)
    documents = [document for _, document in run_query(query, found.view)]
    if structured.HasField("find_nearest"):
        found_near = nearest(structured.find_nearest, documents, query.projection)
        return len(found_near), found_near
    return len(documents), (project(document, query.projection) for document in documents)


def read_document(found: Reading, name: str, caller: Caller) -> Document | None:
    """Read one document by name, with the rules' consent; raises RpcError."""
    document = found.view.get(name)
    if not caller.admin:
        found.database.authorizer.get(caller, name, document, found.view)
    found.lock_document(name)
    return document


def mask_of(request: wire.GetDocumentRequest) -> Projection:
    """Read the `mask` of a request: the fields to return."""
    if not request.HasField("mask"):
        return None
    return tuple(parse_field_path(path) for path in request.mask.field_paths)
