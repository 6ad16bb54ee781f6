"""What the local Firestore costs: start, memory, commits, listeners; on a server of its own."""

from __future__ import annotations

import asyncio
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import grpc.aio
import psutil

from bench.lab import Lab
from bench.measurement import Budget, Measured
from local.firestore import wire

_ROOT = pathlib.Path(__file__).parent.parent
_DATABASE = "projects/demo-bench/databases/(default)"
_ADMIN = (("authorization", "Bearer owner"),)
_NO_CHANGE = 0
_STOP_SECONDS = 10


@contextmanager
def server() -> Iterator[tuple[int, psutil.Process, float]]:
    """Start a server; yields its port, its process and the seconds until it was ready."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "local.firestore", "--port", "0"],
        cwd=_ROOT,
        env={**os.environ, "FIRESTORE_INDEX_FILE": str(_ROOT / "firestore.indexes.json")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        yield port, psutil.Process(process.pid), time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # it has a hundred thousand documents to forget
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Client:
    """As little of a client as possible, so that the server is what is measured."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        service = "/google.firestore.v1.Firestore/"
        self._commit = channel.unary_unary(
            service + "Commit",
            request_serializer=wire.CommitRequest.SerializeToString,
            response_deserializer=wire.CommitResponse.FromString,
        )
        self._listen = channel.stream_stream(
            service + "Listen",
            request_serializer=wire.ListenRequest.SerializeToString,
            response_deserializer=wire.ListenResponse.FromString,
        )

    async def write(self, documents: dict[str, dict[str, Any]]) -> None:
        """Set documents, by their paths, in one commit."""
        writes = [
            wire.Write(
                update=wire.Document(
                    name=f"{_DATABASE}/documents/{path}",
                    fields={key: _value(value) for key, value in fields.items()},
                )
            )
            for path, fields in documents.items()
        ]
        await self._commit(wire.CommitRequest(database=_DATABASE, writes=writes), metadata=_ADMIN)

    @asynccontextmanager
    async def listening(self, *targets: Any) -> AsyncIterator[Any]:
        """Open a stream with targets; yields it once they are all current."""
        stream = self._listen(metadata=_ADMIN)
        for target in targets:
            await stream.write(wire.ListenRequest(database=_DATABASE, add_target=target))
        for _ in targets:
            await next_snapshot(stream)
        try:
            yield stream
        finally:
            stream.cancel()


async def next_snapshot(stream: Any) -> None:
    """Read up to the end of a snapshot."""
    while True:
        change = (await stream.read()).target_change
        if change.HasField("read_time") and change.target_change_type == _NO_CHANGE:
            return


def window_target(target_id: int, collection: str) -> Any:
    """Build a target: the first 20 by rank."""
    target = wire.Target(target_id=target_id)
    target.query.parent = f"{_DATABASE}/documents"
    query = target.query.structured_query
    query.from_.add(collection_id=collection)
    query.order_by.add(direction=1).field.field_path = "rank"
    query.limit.value = 20
    return target


def filter_target(target_id: int, collection: str, owner: str) -> Any:
    """Build a target: the documents of one owner."""
    target = wire.Target(target_id=target_id)
    target.query.parent = f"{_DATABASE}/documents"
    query = target.query.structured_query
    query.from_.add(collection_id=collection)
    query.where.field_filter.field.field_path = "owner"
    query.where.field_filter.op = 5  # EQUAL
    query.where.field_filter.value.string_value = owner
    return target


def document_target(target_id: int, path: str) -> Any:
    """Build a target: one document."""
    target = wire.Target(target_id=target_id)
    target.documents.documents.append(f"{_DATABASE}/documents/{path}")
    return target


def _value(value: Any) -> Any:
    return (
        wire.Value(integer_value=value)
        if isinstance(value, int)
        else wire.Value(string_value=value)
    )


async def single_commits(client: Client) -> float:
    """Measure single commits a second from one client, one after the other."""
    count = 2000
    started = time.perf_counter()
    for number in range(count):
        await client.write({f"single/{number % 50}": {"n": number, "text": "x" * 100}})
    return count / (time.perf_counter() - started)


async def batches_with_listeners(client: Client, *sizes: int) -> list[float]:
    """Measure a batch of 50 changes, up to the listener's snapshot, in ms: per collection size.

    The sizes take turns, so that whatever else the machine does falls on all of them.
    """
    for size in sizes:
        for start in range(0, size, 500):
            numbers = range(start, min(size, start + 500))
            await client.write(_batch(f"stored{size}", numbers, round_number=0))
    times: dict[int, list[float]] = {size: [] for size in sizes}
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(
                client.listening(
                    window_target(1, f"stored{size}"), filter_target(2, f"stored{size}", "user7")
                )
            )
            for size in sizes
        ]
        for round_number in range(1, 101):
            for size, stream in zip(sizes, streams, strict=True):
                batch = _batch(f"stored{size}", range(50), round_number)
                started = time.perf_counter()
                await client.write(batch)
                await next_snapshot(stream)
                times[size].append(time.perf_counter() - started)
    return [statistics.median(times[size]) * 1000 for size in sizes]


def _batch(collection: str, numbers: range, round_number: int) -> dict[str, dict[str, Any]]:
    return {
        f"{collection}/{number}": {
            "rank": number,
            "owner": f"user{number % 50}",
            "round": round_number,
        }
        for number in numbers
    }


async def delivery_to_many(client: Client, listeners: int) -> float:
    """Measure one commit until each of many listeners, on streams of their own, has it, in ms."""
    streams = [client.listening(document_target(1, "shared/one")) for _ in range(listeners)]
    opened = [await stream.__aenter__() for stream in streams]
    times = []
    for number in range(10):
        started = time.perf_counter()
        await client.write({"shared/one": {"n": number}})
        await asyncio.gather(*(next_snapshot(stream) for stream in opened))
        times.append(time.perf_counter() - started)
    for stream in streams:
        await stream.__aexit__(None, None, None)
    return statistics.median(times) * 1000


async def open_and_close(client: Client, count: int) -> None:
    """Open and close Listen streams."""
    for number in range(count):
        async with client.listening(document_target(1, f"single/{number % 50}")):
            pass


async def settled_memory(process: psutil.Process) -> float:
    """Read the resident memory, in MB, once streams have been cleaned up."""
    await asyncio.sleep(1)
    return process.memory_info().rss / 1e6


def run(_lab: Lab) -> list[Measured]:
    """Measure everything against one server."""
    return asyncio.run(measure())


async def measure() -> list[Measured]:
    """Run everything against one server, one after the other."""
    starts = []
    for _ in range(2):
        with server() as (_, _, seconds):
            starts.append(seconds)
    with server() as (port, process, seconds):
        starts.append(seconds)
        found = [
            Measured("ready", statistics.median(starts), "s", Budget(1), "median of three starts"),
            Measured("idle memory", await settled_memory(process), "MB", Budget(80)),
        ]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            client = Client(channel)
            commits = await single_commits(client)
            found.append(Measured("single commits", commits, "/s", Budget(400, "at least")))
            cpu = process.cpu_times()
            async with client.listening(document_target(1, "idle/one")):
                await asyncio.sleep(2)
            spent = process.cpu_times().user - cpu.user
            found.append(Measured("CPU of an idle listener in 2 s", spent, "s"))
            delivery = await delivery_to_many(client, 200)
            found.append(Measured("200 listeners get one commit", delivery, "ms"))
            await open_and_close(client, 1000)
            before, threads = await settled_memory(process), process.num_threads()
            await open_and_close(client, 10_000)
            grown = await settled_memory(process) - before
            found.append(Measured("growth over 10,000 listens: memory", grown, "MB"))
            more = process.num_threads() - threads
            found.append(Measured("growth over 10,000 listens: threads", more))
            few, many = await batches_with_listeners(client, 100, 100_000)
            note = f"{few:.1f} ms with 100 documents stored, {many:.1f} ms with 100,000"
            ratio = Measured("batch of 50 with listeners", many / few, "x", Budget(1.5), note)
            return [*found, ratio]
