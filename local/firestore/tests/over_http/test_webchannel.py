"""The channel over real HTTP, with a service that the test drives by hand."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import grpc
import pytest
from aiohttp import web

from local.firestore import wire
from local.firestore.errors import RpcError
from local.firestore.webchannel import ChannelTimes, WebChannel

DATABASE = "projects/p/databases/(default)"
LISTEN = "/google.firestore.v1.Firestore/Listen/channel"
WRITE = "/google.firestore.v1.Firestore/Write/channel"


@dataclass
class Rpc:
    """A stream that records what it is told."""

    caller: Any
    send: Any
    requests: list[Any] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    handled: asyncio.Event = field(default_factory=asyncio.Event)
    failure: RpcError | None = None
    ends: bool = False

    async def handle(self, request):
        self.requests.append(request)
        self.handled.set()
        if self.failure is not None:
            raise self.failure
        return self.ends

    def close(self):
        self.closed.set()

    def say(self, *target_ids):
        self.send(wire.ListenResponse(target_change={"target_ids": target_ids}))


class Service:
    """Opens such streams."""

    def __init__(self):
        self.rpcs = []
        self.failure = None
        self.ends = False

    def listen(self, caller, send):
        self.rpcs.append(Rpc(caller, send, failure=self.failure, ends=self.ends))
        return self.rpcs[-1]

    write_stream = listen


def split_frames(data):
    """Read frames as the client does, counting UTF-16 code units (all is ASCII here)."""
    arrays = []
    while data:
        length, _, rest = data.partition(b"\n")
        arrays += json.loads(rest[: int(length)])
        data = rest[int(length) :]
    return arrays


class Browser:
    """Speaks WebChannel, with every number in the test's hand."""

    def __init__(self, session, base):
        self.http = session
        self.base = base
        self.sid = None

    async def post(self, path, query, body):
        async with self.http.post(self.base + path, params=query, data=body) as answer:
            return answer.status, await answer.read()

    async def handshake(self, *messages, headers="", path=LISTEN, query=()):
        status, data = await self.post(
            path,
            {"VER": "8", "RID": "100", "CVER": "22", "database": DATABASE, **dict(query)},
            form(messages, headers=headers),
        )
        assert status == 200
        ((number, (kind, sid, *rest)),) = split_frames(data)
        assert (number, kind, rest) == (0, "c", ["", 8, 12, 30000])
        self.sid = sid

    async def forward(self, *messages, ofs, aid=0):
        query = {"VER": "8", "SID": self.sid, "RID": "101", "AID": str(aid)}
        return await self.post(LISTEN, query, form(messages, ofs=ofs))

    def back(self, aid=0, ci=0, **extra):
        query = {"VER": "8", "SID": self.sid, "RID": "rpc", "AID": str(aid), "CI": str(ci)}
        return self.http.get(self.base + LISTEN, params={**query, "TYPE": "xmlhttp", **extra})

    async def poll(self, aid=0, ci=0, **extra):
        async with self.back(aid, ci, **extra) as answer:
            assert answer.status == 200
            return split_frames(await answer.read())


def form(messages, *, ofs=0, headers=""):
    fields = {"headers": headers, "count": len(messages), "ofs": ofs}
    for index, message in enumerate(messages):
        fields[f"req{index}___data__"] = json.dumps(message)
    return urlencode(fields, quote_via=quote)


async def read_arrays(answer, count):
    """Read from an open back channel until `count` arrays are there."""
    data, arrays = b"", []
    while len(arrays) < count:
        data += await answer.content.readany()
        with contextlib.suppress(ValueError):
            arrays = split_frames(data)
    return arrays


def browse(scenario, **times):
    async def main():
        service = Service()
        channel = WebChannel(service, ChannelTimes(**times))

        async def handle(request):
            return await channel.handle(request) or web.Response(status=404)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        app.on_shutdown.append(channel.close)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        try:
            async with aiohttp.ClientSession() as session:
                await scenario(Browser(session, base), service, channel)
        finally:
            await runner.cleanup()

    asyncio.run(asyncio.wait_for(main(), 30))


def change(number, *target_ids):
    return [number, [{"targetChange": {"targetIds": list(target_ids)} if target_ids else {}}]]


def said(arrays):
    """Leave out the noops: whether one comes first is a matter of milliseconds."""
    return [payload for _, payload in arrays if payload != ["noop"]]


async def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def test_messages_reach_the_rpc_with_the_caller_from_the_hidden_headers():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE}, headers="Authorization:Bearer owner\r\n")
        await until(lambda: service.rpcs and service.rpcs[0].requests)
        (rpc,) = service.rpcs
        assert rpc.caller.admin
        assert rpc.requests == [wire.ListenRequest(database=DATABASE)]

        status, data = await browser.forward({"removeTarget": 2}, {"removeTarget": 4}, ofs=1)
        assert (status, data) == (200, b"7\n[0,0,7]")
        await until(lambda: len(rpc.requests) == 3)
        assert [request.remove_target for request in rpc.requests[1:]] == [2, 4]

        # A retry of the same request brings nothing new.
        assert (await browser.forward({"removeTarget": 2}, {"removeTarget": 4}, ofs=1))[0] == 200
        await browser.forward({"removeTarget": 6}, ofs=3)
        await until(lambda: len(rpc.requests) == 4)
        assert rpc.requests[3].remove_target == 6

    browse(scenario)


def test_old_sdks_put_the_headers_into_the_url():
    async def scenario(browser, service, _channel):
        hidden = {"$httpHeaders": "Authorization:Bearer owner\r\nContent-Type:text/plain\r\n"}
        await browser.handshake(query=hidden)
        await until(lambda: service.rpcs)
        assert service.rpcs[0].caller.admin

    browse(scenario)


def test_streaming_begins_with_a_noop_and_carries_each_message_as_it_comes():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        service.rpcs[0].say(1)
        async with browser.back() as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "private, max-age=0"
            assert await read_arrays(answer, 2) == [change(1, 1), [2, ["noop"]]]
            service.rpcs[0].say(2)
            assert await read_arrays(answer, 1) == [change(3, 2)]
            status, data = await browser.forward(ofs=1, aid=3)
            assert (status, data) == (200, b"7\n[1,3,7]")

    browse(scenario)


def test_a_quiet_back_channel_gets_noops_and_ends_after_its_time():
    async def scenario(browser, _service, _channel):
        await browser.handshake()
        arrays = await browser.poll()
        assert arrays == [[number, ["noop"]] for number in range(1, len(arrays) + 1)]
        assert len(arrays) >= 4
        again = await browser.poll(aid=len(arrays))
        assert again[0] == [len(arrays) + 1, ["noop"]]

    browse(scenario, keepalive=0.05, rotation=0.2)


def test_a_broken_back_channel_loses_nothing():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        async with browser.back() as answer:
            await read_arrays(answer, 1)
            service.rpcs[0].say(1)
            service.rpcs[0].say(2)
            await read_arrays(answer, 2)
            answer.close()
        service.rpcs[0].say(3)
        async with browser.back(aid=2) as answer:
            assert await read_arrays(answer, 3) == [change(3, 2), change(4, 3), [5, ["noop"]]]

    browse(scenario)


def test_a_new_back_channel_ends_the_one_before():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        async with browser.back() as old:
            await read_arrays(old, 1)
            async with browser.back(aid=1) as new:
                await read_arrays(new, 1)
                assert await old.content.read() == b""
                service.rpcs[0].say(5)
                assert await read_arrays(new, 1) == [change(3, 5)]
                assert (await browser.forward(ofs=1))[1] == b"7\n[1,3,7]"

    browse(scenario)


def test_a_long_poll_ends_with_what_is_queued():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        service.rpcs[0].say(1)
        assert await browser.poll(ci=1) == [change(1, 1)]

    browse(scenario)


def test_a_long_poll_waits_for_data_after_a_noop():
    async def scenario(browser, service, _channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        async with browser.back(ci=1) as answer:
            assert await read_arrays(answer, 1) == [[1, ["noop"]]]
            service.rpcs[0].say(7)
            assert split_frames(await answer.read()) == [change(2, 7)]

    browse(scenario)


def test_a_long_poll_respects_the_clients_time_limit():
    async def scenario(browser, _service, _channel):
        await browser.handshake()
        arrays = await browser.poll(ci=1, TO="50")
        assert arrays[0] == [1, ["noop"]]
        assert all(payload == ["noop"] for _, payload in arrays)

    browse(scenario)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_client_can_end_a_session(method):
    async def scenario(browser, service, channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        async with browser.back() as answer:
            await read_arrays(answer, 1)
            query = {"VER": "8", "SID": browser.sid, "RID": "102", "TYPE": "terminate"}
            async with browser.http.request(method, browser.base + LISTEN, params=query) as end:
                assert (end.status, await end.read()) == (200, b"")
            assert await answer.content.read() == b""
        await service.rpcs[0].closed.wait()
        assert channel.open_sessions == 0
        assert (await browser.forward(ofs=0))[0] == 400

    browse(scenario)


def test_a_session_that_nobody_uses_is_dropped():
    async def scenario(browser, service, channel):
        await browser.handshake({"database": DATABASE})
        await until(lambda: service.rpcs)
        async with browser.back() as answer:
            await read_arrays(answer, 1)
            await asyncio.sleep(0.15)
            assert channel.open_sessions == 1
        await service.rpcs[0].closed.wait()
        assert channel.open_sessions == 0

    browse(scenario, idle=0.1)


def test_an_rpc_that_fails_tells_the_client_why():
    async def scenario(browser, service, _channel):
        service.failure = RpcError(grpc.StatusCode.PERMISSION_DENIED, "no")
        await browser.handshake({"database": DATABASE})
        assert said(await browser.poll(ci=1, TO="3000")) == [
            [{"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}]
        ]
        await service.rpcs[0].closed.wait()

    browse(scenario)


@pytest.mark.parametrize(
    ("header", "message"),
    [("Authorization:Bearer x", {}), ("", {"addTarget": 7}), ("", {"addTarget": {"query": 5}})],
)
def test_bad_tokens_and_bad_messages_are_invalid_arguments(header, message):
    async def scenario(browser, _service, _channel):
        await browser.handshake(message, headers=header)
        ((error,),) = said(await browser.poll(ci=1, TO="3000"))
        assert error["error"]["status"] == "INVALID_ARGUMENT"

    browse(scenario)


def test_an_rpc_that_ends_closes_the_channel():
    async def scenario(browser, service, _channel):
        service.ends = True
        await browser.handshake({"database": DATABASE}, path=WRITE)
        assert said(await browser.poll(ci=1, TO="3000")) == [["close"]]
        assert service.rpcs[0].requests == [wire.WriteRequest(database=DATABASE)]

    browse(scenario)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status"),
    [
        ("POST", LISTEN, {"SID": "unknown"}, b"", 400),
        ("GET", LISTEN, {"SID": "unknown"}, b"", 400),
        ("POST", LISTEN, {}, b"count=1", 400),
        ("POST", LISTEN, {}, b"count=1&ofs=4&req0___data__={}", 400),
        ("POST", "/google.firestore.v1.Firestore/Commit/channel", {}, b"", 404),
        ("PUT", LISTEN, {}, b"", 404),
    ],
)
def test_other_requests_are_refused(method, path, query, body, status):
    async def scenario(browser, _service, _channel):
        url = browser.base + path
        async with browser.http.request(method, url, params=query, data=body) as answer:
            assert answer.status == status

    browse(scenario)


def test_numbers_that_are_none_are_refused():
    async def scenario(browser, _service, _channel):
        await browser.handshake()
        for query in ({"AID": "x"}, {"AID": "0", "CI": "1", "TO": "x"}):
            params = {"SID": browser.sid, **query}
            async with browser.http.get(browser.base + LISTEN, params=params) as answer:
                assert answer.status == 400

    browse(scenario)
