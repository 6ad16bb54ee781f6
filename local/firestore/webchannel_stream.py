"""One Listen or Write RPC behind a WebChannel session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import grpc

from local.firestore import wire
from local.firestore.callers import caller_from_authorization
from local.firestore.errors import RpcError, invalid
from local.firestore.http_errors import error_json
from local.firestore.methods import Method
from local.firestore.service import FirestoreService
from local.firestore.webchannel_session import CLOSE, NOOP, Session

_log = logging.getLogger(__name__)


class ChannelStream:
    """Feeds the client's messages to the RPC, one at a time, and queues what the RPC answers.

    `changed` is set whenever the back channel has something to do.
    """

    def __init__(
        self, service: FirestoreService, method: Method, authorization: str | None
    ) -> None:
        self.session = Session()
        self.changed = asyncio.Event()
        self._service = service
        self._method = method
        self._authorization = authorization
        self._requests: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())

    def feed(self, offset: int, messages: Sequence[dict[str, Any]]) -> None:
        """Take the messages of one forward request; raises OutOfOrder."""
        for message in self.session.receive(offset, messages):
            self._requests.put_nowait(message)

    def noop(self) -> None:
        """Give the back channel a sign of life to carry."""
        self._push(NOOP)

    def close(self) -> None:
        """End the RPC; nothing more is queued."""
        self._task.cancel()
        self.changed.set()

    async def _run(self) -> None:
        try:
            await self._serve()
        except RpcError as error:
            self._push([error_json(error)])
        except Exception:  # noqa: BLE001 - a stream that fails must still tell its client
            _log.exception("%s over WebChannel failed", self._method.name)
            internal = RpcError(
                grpc.StatusCode.INTERNAL, "The local Firestore failed; see its log."
            )
            self._push([error_json(internal)])
        else:
            self._push(CLOSE)

    async def _serve(self) -> None:
        caller = caller_from_authorization(self._authorization)
        rpc = getattr(self._service, self._method.python_name)(caller, self._send)
        try:
            while not await rpc.handle(self._parse(await self._requests.get())):
                pass
        finally:
            rpc.close()

    def _parse(self, message: dict[str, Any]) -> Any:
        try:
            return wire.parse_json(self._method.request, message)
        except ValueError as error:
            raise invalid(f"Invalid JSON payload received. {error}") from error

    def _send(self, response: Any) -> None:
        self._push([wire.to_json(response)])

    def _push(self, payload: Sequence[Any]) -> None:
        self.session.push(payload)
        self.changed.set()
