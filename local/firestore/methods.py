"""The RPCs of google.firestore.v1.Firestore, as one table for gRPC, REST and WebChannel."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from local.firestore import wire


class Kind(enum.Enum):
    """How an RPC's messages flow."""

    UNARY = "one request, one response"
    SERVER_STREAM = "one request, many responses"
    SESSION = "requests and responses interleave"


@dataclass(frozen=True)
class Method:
    """One RPC: its message classes, and its method on FirestoreService."""

    name: str
    request: type[Any]
    response: type[Any]
    kind: Kind
    python_name: str


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("GetDocument", wire.GetDocumentRequest, wire.Document, Kind.UNARY, "get_document"),
        Method(
            "ListDocuments",
            wire.ListDocumentsRequest,
            wire.ListDocumentsResponse,
            Kind.UNARY,
            "list_documents",
        ),
        Method(
            "CreateDocument",
            wire.CreateDocumentRequest,
            wire.Document,
            Kind.UNARY,
            "create_document",
        ),
        Method(
            "UpdateDocument",
            wire.UpdateDocumentRequest,
            wire.Document,
            Kind.UNARY,
            "update_document",
        ),
        Method(
            "DeleteDocument", wire.DeleteDocumentRequest, wire.Empty, Kind.UNARY, "delete_document"
        ),
        Method(
            "BatchGetDocuments",
            wire.BatchGetDocumentsRequest,
            wire.BatchGetDocumentsResponse,
            Kind.SERVER_STREAM,
            "batch_get_documents",
        ),
        Method(
            "BeginTransaction",
            wire.BeginTransactionRequest,
            wire.BeginTransactionResponse,
            Kind.UNARY,
            "begin_transaction",
        ),
        Method("Commit", wire.CommitRequest, wire.CommitResponse, Kind.UNARY, "commit"),
        Method("Rollback", wire.RollbackRequest, wire.Empty, Kind.UNARY, "rollback"),
        Method(
            "RunQuery",
            wire.RunQueryRequest,
            wire.RunQueryResponse,
            Kind.SERVER_STREAM,
            "run_query",
        ),
        Method(
            "RunAggregationQuery",
            wire.RunAggregationQueryRequest,
            wire.RunAggregationQueryResponse,
            Kind.SERVER_STREAM,
            "run_aggregation_query",
        ),
        Method(
            "ExecutePipeline",
            wire.ExecutePipelineRequest,
            wire.ExecutePipelineResponse,
            Kind.SERVER_STREAM,
            "execute_pipeline",
        ),
        Method(
            "PartitionQuery",
            wire.PartitionQueryRequest,
            wire.PartitionQueryResponse,
            Kind.UNARY,
            "partition_query",
        ),
        Method("Write", wire.WriteRequest, wire.WriteResponse, Kind.SESSION, "write_stream"),
        Method("Listen", wire.ListenRequest, wire.ListenResponse, Kind.SESSION, "listen"),
        Method(
            "ListCollectionIds",
            wire.ListCollectionIdsRequest,
            wire.ListCollectionIdsResponse,
            Kind.UNARY,
            "list_collection_ids",
        ),
        Method(
            "BatchWrite",
            wire.BatchWriteRequest,
            wire.BatchWriteResponse,
            Kind.UNARY,
            "batch_write",
        ),
    )
}
