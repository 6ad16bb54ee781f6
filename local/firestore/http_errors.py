"""Errors as Google's HTTP APIs show them.

https://cloud.google.com/apis/design/errors#http_mapping
"""

from __future__ import annotations

from typing import Any

import grpc

from local.firestore.errors import RpcError

_HTTP_STATUS = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
}


def http_status(error: RpcError) -> int:
    """Map a gRPC status to HTTP; what has no status of its own is 500."""
    return _HTTP_STATUS.get(error.code, 500)


def error_json(error: RpcError) -> dict[str, Any]:
    """Build `{"error": {"code": HTTP status, "message", "status": gRPC name}}`."""
    return {
        "error": {
            "code": http_status(error),
            "message": error.message,
            "status": error.code.name,
        }
    }
