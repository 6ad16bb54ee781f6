"""The state of one WebChannel session: what was sent, what was acknowledged, what came in.

Nothing here knows of HTTP, clocks or tasks; `webchannel.py` carries what this decides.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

PROTOCOL_VERSION = 8
SERVER_VERSION = 12
KEEPALIVE_MS = 30_000
NOOP = ["noop"]
CLOSE = ["close"]

# What the official emulator reports as the bytes that are on their way; below 37500 the client
# watches the back channel for arrays that it has been told of.
_OUTSTANDING_BYTES = 7


class OutOfOrder(Exception):
    """A forward request skips messages that never arrived."""


class Session:
    """Both directions of one channel.

    Each array that goes to the client has a number, from 1 on, and is kept until the client
    names that number or a later one as its last (`AID`): a back channel that broke may have lost
    it. Each message from the client has an index, from 0 on; a repeated request repeats it.
    """

    def __init__(self) -> None:
        self.sid = secrets.token_urlsafe(16)
        self._last_id = 0
        self._sent_id = 0
        self._acknowledged_id = 0
        self._arrays: dict[int, Sequence[Any]] = {}
        self._next_message = 0

    def handshake(self) -> list[Any]:
        """Build the answer to the request that opened the session."""
        return [[0, ["c", self.sid, "", PROTOCOL_VERSION, SERVER_VERSION, KEEPALIVE_MS]]]

    def push(self, payload: Sequence[Any]) -> None:
        """Queue one array for the client."""
        self._last_id += 1
        self._arrays[self._last_id] = payload

    def acknowledge(self, last_received: int) -> None:
        """Forget the arrays that the client has."""
        last_received = min(last_received, self._sent_id)
        for number in range(self._acknowledged_id + 1, last_received + 1):
            del self._arrays[number]
        self._acknowledged_id = max(self._acknowledged_id, last_received)

    def reopen(self, last_received: int) -> None:
        """Begin a new back channel: everything after what the client has goes out once more."""
        self.acknowledge(last_received)
        self._sent_id = self._acknowledged_id

    def has_unsent(self) -> bool:
        """Tell whether an array waits for the back channel."""
        return self._sent_id < self._last_id

    def take_unsent(self) -> list[list[Any]]:
        """Hand out, in order, what the back channel has not carried yet."""
        unsent = [
            [number, self._arrays[number]] for number in range(self._sent_id + 1, self._last_id + 1)
        ]
        self._sent_id = self._last_id
        return unsent

    def receive(self, offset: int, messages: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Return those messages that are new; raises OutOfOrder."""
        if offset > self._next_message:
            raise OutOfOrder(f"Message {self._next_message} is missing before {offset}.")
        fresh = messages[self._next_message - offset :]
        self._next_message += len(fresh)
        return fresh

    def forward_answer(self, *, back_channel_open: bool) -> list[int]:
        """Build the answer to a forward request."""
        return [int(back_channel_open), self._sent_id, _OUTSTANDING_BYTES]
