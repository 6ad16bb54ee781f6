import asyncio
import contextlib
import errno

import pytest
from aiohttp import web

from local.firestore.front import Front

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@contextlib.asynccontextmanager
async def front_of(internal, port=0):
    """Open a front before `internal` (in place of gRPC) and a small HTTP application."""

    async def hello(request):
        return web.Response(text=f"hello {request.path}")

    app = web.Application()
    app.router.add_get("/{path:.*}", hello)
    async with contextlib.AsyncExitStack() as stack:
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        behind = await asyncio.start_server(internal, "127.0.0.1", 0)
        stack.callback(behind.close)
        grpc_port = behind.sockets[0].getsockname()[1]
        front = await Front.open("127.0.0.1", port, http=runner.server, grpc_port=grpc_port)
        stack.push_async_callback(front.close)
        yield front


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario(), 30))


@contextlib.asynccontextmanager
async def connection(front):
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_http2_and_http1_share_the_port():
    async def scenario():
        async with front_of(echo) as front:
            async with connection(front) as (reader, writer):
                writer.write(PREFACE + b"frames")
                assert await reader.readexactly(len(PREFACE) + 6) == PREFACE + b"frames"
                writer.write(b"more")
                assert await reader.readexactly(4) == b"more"
            async with connection(front) as (reader, writer):
                writer.write(b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                assert answer.startswith(b"HTTP/1.1 200 OK")
                assert answer.endswith(b"hello /x")

    run(scenario)


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (PREFACE, PREFACE),
        (b"PUT /x HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed"),
    ],
)
def test_the_first_bytes_may_come_one_by_one(first, answer):
    async def scenario():
        async with front_of(echo) as front, connection(front) as (reader, writer):
            for byte in first:
                writer.write(bytes([byte]))
                for _ in range(5):  # turns of the loop, in which the other side reads
                    await asyncio.sleep(0)
            assert await reader.readexactly(len(answer)) == answer

    run(scenario)


def test_closing_one_side_closes_the_other():
    gone = asyncio.Event()

    async def hold(reader, writer):
        await reader.read()
        gone.set()
        writer.close()

    async def hang_up(reader, writer):
        await reader.read(1)
        writer.close()

    async def scenario():
        async with front_of(hold) as front:
            async with connection(front) as (_, writer):
                writer.write(PREFACE)
                await writer.drain()
            await gone.wait()
        async with front_of(hang_up) as front, connection(front) as (reader, writer):
            writer.write(PREFACE)
            assert await reader.read() == b""

    run(scenario)


def test_a_reader_that_stops_stops_the_sender():
    sent = 0
    stuck = asyncio.Event()
    goal = 64 * 1024 * 1024

    async def pour(reader, writer):
        nonlocal sent
        await reader.read(1)
        chunk = bytes(1024 * 1024)
        with contextlib.suppress(ConnectionError):
            while sent < goal:
                writer.write(chunk)
                try:
                    await asyncio.wait_for(writer.drain(), 0.5)
                except TimeoutError:
                    stuck.set()
                    await writer.drain()
                sent += len(chunk)
        writer.close()

    async def scenario():
        async with front_of(pour) as front, connection(front) as (reader, writer):
            writer.write(PREFACE)
            await stuck.wait()
            assert sent < goal / 2
            received = 0
            while data := await reader.read(1 << 20):
                received += len(data)
            assert received == sent == goal

    run(scenario)


def test_a_taken_port_is_an_error():
    async def scenario():
        async with front_of(echo) as front:
            with pytest.raises(OSError, match="address already in use") as caught:
                async with front_of(echo, port=front.port):
                    pass
            assert caught.value.errno == errno.EADDRINUSE

    run(scenario)
