"""WebChannel over HTTP/1.1: what browsers use in place of gRPC's two-way streams.

A session is one RPC. The client opens it with a POST, sends messages by further POSTs (the
forward channel) and receives by one GET at a time that stays open (the back channel).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from aiohttp import web

from local.firestore.methods import METHODS, Kind, Method
from local.firestore.service import FirestoreService
from local.firestore.webchannel_frames import BadForm, frame, parse_form, parse_headers
from local.firestore.webchannel_session import OutOfOrder
from local.firestore.webchannel_stream import ChannelStream

_PATH = re.compile(r"/google\.firestore\.v1(?:beta1)?\.Firestore/([A-Za-z]+)/channel")
_HEADERS = {
    "Cache-Control": "private, max-age=0",
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class ChannelTimes:
    """Seconds: between signs of life, of one back channel, until a silent session is dropped."""

    keepalive: float = 30.0
    rotation: float = 60.0
    idle: float = 300.0


class _Channel:
    """A session as its requests see it."""

    def __init__(self, stream: ChannelStream) -> None:
        self.stream = stream
        self.back_channel: object | None = None
        self.requests = 0
        self.expiry: asyncio.TimerHandle | None = None

    def end_expiry(self) -> None:
        """Stop the clock that drops a session nobody uses."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None


class WebChannel:
    """The open sessions of a service."""

    def __init__(self, service: FirestoreService, times: ChannelTimes | None = None) -> None:
        self._service = service
        self._times = times or ChannelTimes()
        self._channels: dict[str, _Channel] = {}

    @property
    def open_sessions(self) -> int:
        """How many sessions are held."""
        return len(self._channels)

    async def handle(self, request: web.Request) -> web.StreamResponse | None:
        """Answer a request under `/google.firestore.v1.Firestore/`; None for other paths."""
        path = _PATH.fullmatch(request.path)
        method = METHODS.get(path[1]) if path is not None else None
        if (
            method is None
            or method.kind is not Kind.SESSION
            or request.method not in ("GET", "POST")
        ):
            return None
        try:
            if "SID" not in request.query:
                return await self._handshake(request, method)
            return await self._in_session(request)
        except (BadForm, OutOfOrder, ValueError, web.HTTPRequestEntityTooLarge) as error:
            # A client can only give such a session up: it reports UNAVAILABLE and starts again.
            return web.Response(status=400, text=str(error), headers=_HEADERS)

    async def close(self, _app: web.Application) -> None:
        """End every session."""
        for sid in list(self._channels):
            self._drop(sid)

    async def _handshake(self, request: web.Request, method: Method) -> web.Response:
        form = parse_form(await request.read())
        in_url = parse_headers(request.query.get("$httpHeaders", ""))
        authorization = (
            form.headers.get("authorization")
            or in_url.get("authorization")
            or request.headers.get("Authorization")
        )
        channel = _Channel(ChannelStream(self._service, method, authorization))
        session = channel.stream.session
        self._channels[session.sid] = channel
        channel.stream.feed(form.offset, form.messages)
        self._expire_unless_used(session.sid, channel)
        return web.Response(body=frame(session.handshake()), headers=_HEADERS)

    async def _in_session(self, request: web.Request) -> web.StreamResponse:
        sid = request.query["SID"]
        channel = self._channels.get(sid)
        if channel is None:
            return web.Response(status=400, headers=_HEADERS)
        if request.query.get("TYPE") == "terminate":
            self._drop(sid)
            return web.Response(headers=_HEADERS)
        channel.requests += 1
        channel.end_expiry()
        try:
            if request.method == "POST":
                return await self._forward(request, channel)
            return await self._back(request, channel)
        finally:
            channel.requests -= 1
            self._expire_unless_used(sid, channel)

    async def _forward(self, request: web.Request, channel: _Channel) -> web.Response:
        form = parse_form(await request.read())
        session = channel.stream.session
        session.acknowledge(int(request.query.get("AID", "-1")))
        channel.stream.feed(form.offset, form.messages)
        answer = session.forward_answer(back_channel_open=channel.back_channel is not None)
        return web.Response(body=frame(answer), headers=_HEADERS)

    async def _back(self, request: web.Request, channel: _Channel) -> web.StreamResponse:
        channel.stream.session.reopen(int(request.query.get("AID", "-1")))
        long_polling = request.query.get("CI") == "1"
        seconds = self._times.rotation
        if long_polling and "TO" in request.query:
            seconds = min(seconds, int(request.query["TO"]) / 1000)
        token = channel.back_channel = object()
        channel.stream.changed.set()  # ends the back channel before this one
        response = web.StreamResponse(headers=_HEADERS)
        try:
            await response.prepare(request)
            await self._carry(channel, token, response, seconds, long_polling=long_polling)
        finally:
            if channel.back_channel is token:
                channel.back_channel = None
        return response

    async def _carry(
        self,
        channel: _Channel,
        token: object,
        response: web.StreamResponse,
        seconds: float,
        *,
        long_polling: bool,
    ) -> None:
        """Write what the session queues until the time is up; a long poll ends with any data."""
        stream = channel.stream
        now = asyncio.get_running_loop().time
        deadline = now() + seconds
        complete = long_polling and stream.session.has_unsent()
        if not complete:
            # The SDK takes a proxy that buffers for granted unless bytes come back at once.
            stream.noop()
        while channel.back_channel is token:
            stream.changed.clear()
            if arrays := stream.session.take_unsent():
                await response.write(frame(arrays))
            if complete or now() >= deadline:
                return
            try:
                async with asyncio.timeout(min(self._times.keepalive, deadline - now())):
                    await stream.changed.wait()
                complete = long_polling
            except TimeoutError:
                stream.noop()

    def _expire_unless_used(self, sid: str, channel: _Channel) -> None:
        if channel.requests == 0 and self._channels.get(sid) is channel:
            loop = asyncio.get_running_loop()
            channel.expiry = loop.call_later(self._times.idle, self._drop, sid)

    def _drop(self, sid: str) -> None:
        channel = self._channels.pop(sid, None)
        if channel is not None:
            channel.end_expiry()
            channel.back_channel = None
            channel.stream.close()
