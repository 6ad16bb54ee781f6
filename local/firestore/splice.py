"""Two connections joined byte for byte, each no faster than the other reads."""

from __future__ import annotations

import asyncio
from typing import cast


class SplicedEnd(asyncio.Protocol):
    """One end: what arrives on it leaves on its peer."""

    def __init__(self, transport: asyncio.Transport | None = None) -> None:
        self.transport = transport
        self.peer: SplicedEnd | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if (target := self._peer_transport()) is not None:
            target.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        target = self._peer_transport()
        if target is None or self.peer is None or self.peer.ended or not target.can_write_eof():
            return False
        target.write_eof()
        return True  # the other direction goes on

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base's signature
        self.transport = None
        if (target := self._peer_transport()) is not None:
            target.close()

    def pause_writing(self) -> None:
        if (source := self._peer_transport()) is not None:
            source.pause_reading()

    def resume_writing(self) -> None:
        if (source := self._peer_transport()) is not None:
            source.resume_reading()

    def _peer_transport(self) -> asyncio.Transport | None:
        if self.peer is None or self.peer.transport is None or self.peer.transport.is_closing():
            return None
        return self.peer.transport


def join(one: SplicedEnd, other: SplicedEnd) -> None:
    """Let bytes flow between the two."""
    one.peer, other.peer = other, one
    if one.transport is None or other.transport is None:
        # One side hung up while the other was being connected.
        for end in (one, other):
            if end.transport is not None:
                end.transport.close()
