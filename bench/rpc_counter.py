"""A gRPC proxy that counts: what a client really sends, whatever library it uses."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

_THREADS = 8
_HOP = ("user-agent", "te", "content-type")  # each connection has its own


class _CountingProxy(grpc.GenericRpcHandler):
    """Hands every call on as bytes and notes its method's short name."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self.methods: list[str] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        method = handler_call_details.method
        self.methods.append(method.rpartition("/")[2])
        # Unary calls are streams of one message on the wire.
        return grpc.stream_stream_rpc_method_handler(self._forward(method))

    def _forward(self, method: str) -> Callable[[Any, grpc.ServicerContext], Iterator[bytes]]:
        def forward(requests: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
            metadata = tuple(
                (name, value)
                for name, value in context.invocation_metadata()
                if name not in _HOP and not name.startswith("grpc-")
            )
            call: Any = self._channel.stream_stream(method)(requests, metadata=metadata)
            context.add_callback(lambda: _cancel(call))
            try:
                yield from call
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        return forward


def _cancel(call: grpc.Call) -> None:
    call.cancel()


@contextmanager
def counting_proxy(host: str) -> Iterator[tuple[str, list[str]]]:
    """Stand before the server at `host`; yields the proxy's own host and the growing list."""
    with grpc.insecure_channel(host) as channel, ThreadPoolExecutor(_THREADS) as threads:
        proxy = _CountingProxy(channel)
        server = grpc.server(threads, handlers=[proxy])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}", proxy.methods
        finally:
            server.stop(grace=None).wait()
