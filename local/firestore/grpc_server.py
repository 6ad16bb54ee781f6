"""The gRPC face of the service: google.firestore.v1.Firestore and its twin v1beta1."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from local.firestore.callers import Caller, caller_from_authorization
from local.firestore.errors import RpcError, invalid
from local.firestore.methods import METHODS, Kind, Method
from local.firestore.service import FirestoreService

MAX_MESSAGE_BYTES = 100 * 1024 * 1024
_SERVICES = ("google.firestore.v1.Firestore", "google.firestore.v1beta1.Firestore")

_log = logging.getLogger(__name__)


async def start_grpc_server(service: FirestoreService, address: str) -> tuple[grpc.aio.Server, int]:
    """Serve on `host:port` (port 0: any free one); returns the server and its port.

    Raises OSError if the address is taken.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
            # Clients ping on idle listeners every 30 s; by default that is held against them.
            ("grpc.http2.max_ping_strikes", 0),
            ("grpc.keepalive_permit_without_calls", 1),
        ]
    )
    handlers = {name: _handler(service, method) for name, method in METHODS.items()}
    server.add_generic_rpc_handlers(
        tuple(grpc.method_handlers_generic_handler(name, handlers) for name in _SERVICES)
    )
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: address already in use") from error
    await server.start()
    return server, port


def _handler(service: FirestoreService, method: Method) -> grpc.RpcMethodHandler[Any, Any]:
    call: Callable[..., Any] = getattr(service, method.python_name)
    match method.kind:
        case Kind.UNARY:
            build: Callable[..., Any] = grpc.unary_unary_rpc_method_handler
            behaviour: Callable[..., Any] = _unary(method, call)
        case Kind.SERVER_STREAM:
            build, behaviour = grpc.unary_stream_rpc_method_handler, _server_stream(method, call)
        case Kind.SESSION:
            build, behaviour = grpc.stream_stream_rpc_method_handler, _session(method, call)
    # No deserializer: bytes that are no message are an error of the caller's, told as such below.
    handler: grpc.RpcMethodHandler[Any, Any] = build(
        behaviour, response_serializer=method.response.SerializeToString
    )
    return handler


def _parsed(method: Method, data: bytes) -> Any:
    try:
        return method.request.FromString(data)
    except DecodeError as error:
        raise invalid(f"The request is not a {method.request.DESCRIPTOR.name}.") from error


def _unary(
    method: Method, call: Callable[[Any, Caller], Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    async def behaviour(data: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await call(_parsed(method, data), _caller(context))
        except Exception as error:  # noqa: BLE001 - a defect ends one call, not the server
            await _abort(context, error)

    return behaviour


def _server_stream(
    method: Method,
    call: Callable[[Any, Caller], AsyncIterator[Any]],
) -> Callable[..., AsyncIterator[Any]]:
    async def behaviour(
        data: bytes, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Any]:
        try:
            async for response in call(_parsed(method, data), _caller(context)):
                yield response
        except Exception as error:  # noqa: BLE001 - a defect ends one call, not the server
            await _abort(context, error)

    return behaviour


def _session(method: Method, call: Callable[..., Any]) -> Callable[..., AsyncIterator[Any]]:
    async def behaviour(
        requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Any]:
        responses: asyncio.Queue[Any] = asyncio.Queue()
        end = object()
        try:
            session = call(_caller(context), responses.put_nowait)
        except RpcError as error:
            await _abort(context, error)

        async def take_requests() -> None:
            async for data in requests:
                if await session.handle(_parsed(method, data)):
                    return

        taking = asyncio.create_task(take_requests())
        taking.add_done_callback(lambda _: responses.put_nowait(end))
        try:
            while (response := await responses.get()) is not end:
                yield response
            taking.result()
        except Exception as error:  # noqa: BLE001 - a defect ends one call, not the server
            await _abort(context, error)
        finally:
            session.close()
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await taking

    return behaviour


def _caller(context: grpc.aio.ServicerContext[Any, Any]) -> Caller:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            return caller_from_authorization(value if isinstance(value, str) else value.decode())
    return caller_from_authorization(None)


async def _abort(context: grpc.aio.ServicerContext[Any, Any], error: Exception) -> NoReturn:
    if isinstance(error, RpcError):
        await context.abort(error.code, error.message)
    if isinstance(error, grpc.aio.AbortError):
        raise error
    _log.error("a call failed for a reason of our own", exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, "Internal error.")
