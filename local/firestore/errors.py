"""The one exception that leaves the service: a gRPC status with its message."""

from __future__ import annotations

import grpc


class RpcError(Exception):
    """An RPC ends with a status other than OK."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


def invalid(message: str) -> RpcError:
    """Build the error for a request that can never succeed."""
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, message)


def denied(message: str) -> RpcError:
    """Build the error for a caller who may not do this."""
    return RpcError(grpc.StatusCode.PERMISSION_DENIED, message)


def unimplemented(what: str) -> RpcError:
    """Build the error for what this server leaves out on purpose."""
    return RpcError(
        grpc.StatusCode.UNIMPLEMENTED, f"{what} is not implemented by this local Firestore."
    )
