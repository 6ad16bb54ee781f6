"""The one public port: HTTP/2 goes to gRPC, HTTP/1.1 to REST, WebChannel and control."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast
from weakref import WeakSet

from local.firestore.splice import SplicedEnd, join

# What every HTTP/2 client says first, RFC 9113 section 3.4.
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# Browsers open connections ahead of need; one that stays silent for so long is given up.
_SILENCE_SECONDS = 60.0

_log = logging.getLogger(__name__)


class _Sniffer(asyncio.Protocol):
    """Waits for the first bytes of a connection and hands it to whom they are meant for."""

    def __init__(self, http: Callable[[], asyncio.Protocol], grpc: _GrpcTarget) -> None:
        self._http = http
        self._grpc = grpc
        self._first = b""
        self._transport: asyncio.Transport | None = None
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._grpc.transports.add(self._transport)
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(_SILENCE_SECONDS, self._transport.close)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base's signature
        self._transport = None
        self._end_silence()

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        self._first += data
        if self._first.startswith(_PREFACE):
            self._end_silence()
            self._grpc.take_over(transport, self._first)
        elif not _PREFACE.startswith(self._first):
            self._end_silence()
            self._grpc.transports.discard(transport)
            protocol = self._http()
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            protocol.data_received(self._first)

    def _end_silence(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None


class _GrpcTarget:
    """Connects clients to the gRPC server that listens inside this process.

    `transports` are those that nobody else will close.
    """

    def __init__(self, port: int) -> None:
        self.transports: WeakSet[asyncio.Transport] = WeakSet()
        self._port = port
        self._connecting: set[asyncio.Task[None]] = set()

    def take_over(self, transport: asyncio.Transport, first: bytes) -> None:
        client = SplicedEnd(transport)
        transport.pause_reading()
        transport.set_protocol(client)
        task = asyncio.create_task(self._connect(client, first))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, client: SplicedEnd, first: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, server = await loop.create_connection(SplicedEnd, "127.0.0.1", self._port)
        except OSError:
            _log.exception("the gRPC server does not take connections")
            if client.transport is not None:
                client.transport.abort()
            return
        self.transports.add(transport)
        join(client, server)
        if client.transport is not None and server.transport is not None:
            transport.write(first)
            client.transport.resume_reading()

    def abort(self) -> None:
        for task in self._connecting:
            task.cancel()
        for transport in list(self.transports):
            transport.abort()


class Front:
    """The public port while it is open."""

    def __init__(self, server: asyncio.Server, grpc: _GrpcTarget) -> None:
        self._server = server
        self._grpc = grpc
        self.port: int = server.sockets[0].getsockname()[1]

    @classmethod
    async def open(
        cls, host: str, port: int, *, http: Callable[[], asyncio.Protocol], grpc_port: int
    ) -> Front:
        """Listen; `http` makes the protocol of an HTTP/1.1 connection.

        Port 0 takes a free one. Raises OSError, EADDRINUSE for one that is taken.
        """
        grpc = _GrpcTarget(grpc_port)
        loop = asyncio.get_running_loop()
        return cls(await loop.create_server(lambda: _Sniffer(http, grpc), host, port), grpc)

    async def close(self) -> None:
        """Hang up, save on HTTP/1.1 connections: those are their application's to close."""
        self._server.close()
        self._grpc.abort()
        await asyncio.sleep(0)  # aborted transports close their sockets in the next turn
