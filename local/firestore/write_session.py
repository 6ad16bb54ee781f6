"""One Write stream: commits in order, each answered with a token.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#writerequest
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from local.firestore import wire
from local.firestore.callers import Caller
from local.firestore.database import Database
from local.firestore.errors import invalid
from local.firestore.names import check_database


class WriteSession:
    """The server's side of a Write stream; any error ends it."""

    def __init__(
        self,
        database_named: Callable[[str], Database],
        caller: Caller,
        send: Callable[[wire.WriteResponse], None],
    ) -> None:
        self._database_named = database_named
        self._caller = caller
        self._send = send
        self._database: Database | None = None
        self._stream_id = secrets.token_hex(8)
        self._answers = 0

    async def handle(self, request: wire.WriteRequest) -> bool:
        """Take a request; True: the client wants to end the stream."""
        if self._database is None:
            self._database = self._open(request)
            self._answer(wire.WriteResponse(stream_id=self._stream_id))
            return False
        if not request.writes:
            self._answer(wire.WriteResponse())
            return True
        commit_time, results = await self._database.commit(request.writes, self._caller)
        self._answer(
            wire.WriteResponse(write_results=results, commit_time=wire.timestamp(commit_time))
        )
        return False

    def close(self) -> None:
        """Forget the stream; nothing outlives it."""

    def _open(self, request: wire.WriteRequest) -> Database:
        if not request.database:
            raise invalid("'database' must be set on an initial write request.")
        if request.stream_id:
            raise invalid("Resuming streams is not supported, do not set stream ID.")
        if request.writes:
            raise invalid("'writes' must not be set on an initial write request.")
        return self._database_named(check_database(request.database))

    def _answer(self, response: wire.WriteResponse) -> None:
        response.stream_token = str(self._answers).encode()
        self._answers += 1
        self._send(response)
