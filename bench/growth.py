"""Whether anything takes longer the more generations are stored: 100, 10,000 and 100,000 of them.

Each number has a Firestore and function processes of its own; all of them take turns.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio

from bench.function_process import FunctionProcess, Request, serving
from bench.id_token import unsigned_id_token
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile
from bench.surroundings import PROJECT, surroundings
from firepod.adapters import documents
from firepod.domain.generation import GenerationRef, MediaType
from local.firestore import wire

_SIZES = (100, 10_000, 100_000)
_WARM_UP = 10
_ROUNDS = 150
_BATCH = 250  # generations of a commit, each with its entry in the list of what expires
_OWNER = "someone"
_DATABASE = f"projects/{PROJECT}/databases/(default)"
_ADMIN = (("authorization", "Bearer owner"),)
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_SIGNED_IN = {"Authorization": f"Bearer {unsigned_id_token(PROJECT, _OWNER)}"}
_REQUESTS = {
    "generate": Request("POST", body={"data": _TASK}, headers=_SIGNED_IN),
    "api": Request(path="/api/generations?media_type=images&limit=20", headers=_SIGNED_IN),
    "sweep": Request(),
}
_SHOWN = {"generate": "generate", "api": "a library page", "sweep": "sweep"}


def run(_lab: Lab) -> list[Measured]:
    """p50 of each function at each size; the budget is that of the largest against the least."""
    with ExitStack() as opened:
        places = [opened.enter_context(_stored(size)) for size in _SIZES]
        times: dict[tuple[str, int], list[float]] = {
            (name, size): [] for name in _REQUESTS for size in _SIZES
        }
        for number in range(-_WARM_UP, _ROUNDS):
            for name in _REQUESTS:
                for place in places if number % 2 else reversed(places):
                    seconds = place.ask(name)
                    if number >= 0:
                        times[name, place.size].append(seconds)
    return [_measured(name, [times[name, size] for size in _SIZES]) for name in _REQUESTS]


def _measured(name: str, by_size: list[list[float]]) -> Measured:
    medians = [quantile(seconds, 0.5) * 1000 for seconds in by_size]
    pairs = zip(medians, _SIZES, strict=True)
    note = ", ".join(f"{value:.1f} ms at {size:,}" for value, size in pairs)
    # Of each round its own ratio, so that what else the machine does falls on both sides of it.
    rounds = zip(by_size[0], by_size[-1], strict=True)
    ratio = statistics.median(most / least for least, most in rounds)
    return Measured(f"{_SHOWN[name]}: p50 at 100,000 / at 100", ratio, "", Budget(1.1), note)


@dataclass(frozen=True, slots=True)
class _Place:
    size: int
    functions: dict[str, FunctionProcess]

    def ask(self, name: str) -> float:
        """Seconds that a function takes for one request."""
        began = time.perf_counter()
        self.functions[name].answer(_REQUESTS[name])
        return time.perf_counter() - began


@contextmanager
def _stored(size: int) -> Iterator[_Place]:
    with surroundings() as around, ExitStack() as opened:
        environment = around.environment() | {"RETENTION_DAYS": "30"}
        functions = {name: opened.enter_context(serving(name, environment)) for name in _REQUESTS}
        answer = json.loads(functions["generate"].answer(_REQUESTS["generate"]))
        asyncio.run(_fill(around.firestore_host, answer["result"]["file_uid"], size))
        yield _Place(size, functions)


async def _fill(host: str, file_uid: str, size: int) -> None:
    """Store `size` completed generations of one user's, like one that was really asked for."""
    async with grpc.aio.insecure_channel(host) as channel:
        path = f"{_DATABASE}/documents/generations/{_OWNER}/images"
        get = _rpc(channel, "GetDocument", wire.GetDocumentRequest, wire.Document)
        commit = _rpc(channel, "Commit", wire.CommitRequest, wire.CommitResponse)
        model = await get(wire.GetDocumentRequest(name=f"{path}/{file_uid}"), metadata=_ADMIN)
        for start in range(0, size, _BATCH):
            writes: list[Any] = []
            for number in range(start, min(size, start + _BATCH)):
                writes += _generation(model, number)
            await commit(wire.CommitRequest(database=_DATABASE, writes=writes), metadata=_ADMIN)


def _rpc(channel: grpc.aio.Channel, name: str, request: Any, response: Any) -> Any:
    return channel.unary_unary(
        f"/google.firestore.v1.Firestore/{name}",
        request_serializer=request.SerializeToString,
        response_deserializer=response.FromString,
    )


def _generation(model: Any, number: int) -> list[Any]:
    """The writes of one that was completed some time ago and expires some time from now."""
    made = datetime.now(UTC) - timedelta(days=1, seconds=number)
    ref = GenerationRef(_OWNER, MediaType.IMAGES, f"stored{number:06}")
    expires = made + timedelta(days=30)
    document = wire.Write(update=model)
    document.update.name = f"{_DATABASE}/documents/{ref.path}"
    fields = document.update.fields
    fields["file_uid"].string_value = ref.file_uid
    fields["status"].string_value = "completed"
    for name in ("created_at", "modified", "completed_at"):
        fields[name].timestamp_value.FromDatetime(made)
    fields["expires_at"].timestamp_value.FromDatetime(expires)
    entry = wire.Write()
    entry.update.name = f"{_DATABASE}/documents/{documents.expiration_path(ref.path)}"
    for name, value in documents.expiration_document(ref, expires).items():
        if isinstance(value, datetime):
            entry.update.fields[name].timestamp_value.FromDatetime(value)
        else:
            entry.update.fields[name].string_value = value
    return [document, entry]
