"""How soon `runpodwebhook` answers RunPod, which calls twenty times a second."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bench import ROOT
from bench.app import NEVER_RUN, App
from bench.function_log import FunctionLog
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile
from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol.tokens import Callback, Keyring, parse_keyring, sign
from local.stack.parameters import local_secrets

_RATE = 20  # a second
_SECONDS = 20
# The emulator starts a process for each request that finds none idle: a second on one core, during
# which more requests find none. These are there before.
_WARM_UP_AT_ONCE = 8
_CALLS_PER_USER = 20
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}


def run(lab: Lab) -> list[Measured]:
    """Every generation is called back twice: the first call ends it, the second changes nothing."""
    count = _RATE * _SECONDS // 2
    app = App(lab.stack)
    app.set_faults(NEVER_RUN)
    try:
        calls = _callbacks(app, count + _WARM_UP_AT_ONCE)
        url = f"{lab.stack.urls['functions']}/runpodwebhook"
        log = lab.stack.log_dir / "firebase.log"
        first, repeated, starts = asyncio.run(_call_back(url, calls, log))
    finally:
        app.set_faults()
    both = first + repeated
    return [
        Measured("p99 at 20 requests a second", quantile(both, 0.99) * 1000, "ms", Budget(100)),
        Measured("p50", quantile(both, 0.5) * 1000, "ms"),
        Measured("p50 of those that end a generation", quantile(first, 0.5) * 1000, "ms"),
        Measured("p50 of repeated ones", quantile(repeated, 0.5) * 1000, "ms"),
        Measured("longest", max(both) * 1000, "ms", note=f"of {len(both)} requests"),
        Measured("processes that the emulator had to start meanwhile", starts),
    ]


def _callbacks(app: App, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Token and body of a failed job's callback, for each of `count` generations that wait."""
    keys = parse_keyring(local_secrets(ROOT / "functions")["WEBHOOK_KEYS"])
    calls: list[tuple[str, dict[str, Any]]] = []
    while len(calls) < count:
        user = app.sign_up()
        started = [app.generate(user, _TASK)[1]["file_uid"] for _ in range(_CALLS_PER_USER)]
        jobs = app.runpod_jobs(user)
        calls += [
            (_token(user.uid, one, keys), {"id": jobs[one], "status": "FAILED", "error": "bench"})
            for one in started
        ]
    return calls[:count]


def _token(uid: str, file_uid: str, keys: Keyring) -> str:
    ref = GenerationRef(uid, MediaType.IMAGES, file_uid)
    return sign(Callback(ref, 1, datetime.now(UTC) + timedelta(hours=1)), keys)


async def _call_back(
    url: str, calls: Sequence[tuple[str, dict[str, Any]]], log: Path
) -> tuple[list[float], list[float], int]:
    """The seconds of first and of repeated callbacks, and how many processes started meanwhile.

    The clock sends them, whatever is still open.
    """
    first: list[float] = []
    repeated: list[float] = []
    async with aiohttp.ClientSession() as http:

        async def call(number: int, times: list[float]) -> None:
            token, body = calls[number]
            began = time.perf_counter()
            async with http.post(f"{url}/{token}", json=body) as answer:
                await answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"a callback was answered with {answer.status}")

        warm_up: list[float] = []
        for _ in range(2):
            async with asyncio.TaskGroup() as group:
                for number in range(_WARM_UP_AT_ONCE):
                    group.create_task(call(number, warm_up))
        noted = FunctionLog(log)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(2 * (len(calls) - _WARM_UP_AT_ONCE)):
                await asyncio.sleep(began + number / _RATE - time.perf_counter())
                times = repeated if number % 2 else first
                group.create_task(call(_WARM_UP_AT_ONCE + number // 2, times))
    return first, repeated, noted.starts()
