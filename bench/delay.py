"""A network that takes its time: TCP proxies that hand every byte on a while later.

Both directions are late by half of a round trip, and nothing waits for what is on its way before
it, so a kept connection has the throughput of the real one, whatever it speaks (HTTP/2 too).
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_HOST = "127.0.0.1"
_PIECE = 65536
_START_SECONDS = 10.0


@contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """Stand before a port of this machine; yields the port where a round trip takes so long."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True, name="delay")
    thread.start()

    async def serve() -> asyncio.Server:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await _relay(reader, writer, port, seconds / 2)

        return await asyncio.start_server(accept, _HOST, 0)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(_START_SECONDS)
    try:
        own: int = server.sockets[0].getsockname()[1]
        yield own
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(_START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_SECONDS)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seconds: float
) -> None:
    with contextlib.closing(writer):
        behind, there = await asyncio.open_connection(_HOST, port)
        with contextlib.closing(there):
            await asyncio.gather(_pump(reader, there, seconds), _pump(behind, writer, seconds))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float) -> None:
    """Hand on what comes; the end of it, too, so that either side can close."""
    loop = asyncio.get_running_loop()
    line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, piece = await line.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                break
            target.write(piece)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()

    delivery = asyncio.create_task(deliver())
    try:
        piece = b"-"
        while piece:
            piece = await source.read(_PIECE)
            line.put_nowait((loop.time() + seconds, piece))
        await delivery
    except ConnectionError:
        target.close()
    finally:
        delivery.cancel()
