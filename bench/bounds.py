"""What hostile calls take of one instance: others' answers, memory, CPU."""

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from bench.function_process import FunctionProcess, Request, serving
from bench.id_token import unsigned_id_token
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile
from bench.surroundings import PROJECT, Surroundings, surroundings
from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol.tokens import Callback, parse_keyring, sign

_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_AS_DEPLOYED = {"THREADS": "16", "MAX_CALLS_PER_SECOND": "20"}
_BODIES = 8
_BODY_BYTES = 30 * 1024 * 1024
_CALLBACKS = 16
_CALLBACK_BYTES = 14_000_000
_HEALTH = Request(path="/health")


def run(_lab: Lab) -> list[Measured]:
    """Each attack on a fresh process of the function, as Cloud Run starts it."""
    with surroundings() as around:
        return [
            *_repetitions(around, 16),
            *_repetitions(around, 200),
            *_spaced_base64(around),
            *_callbacks(around),
        ]


def _repetitions(around: Surroundings, count: int) -> list[Measured]:
    """Somebody else's /api/health, while one user repeats a call that would wait."""
    environment = around.environment() | _AS_DEPLOYED
    headers = _signed_in("hostile") | {"Idempotency-Key": str(count), "Prefer": "wait=50"}
    body = json.dumps(_TASK).encode()
    with serving("api", environment) as function:
        function.answer(
            Request("POST", "/generations", _TASK, headers | {"Prefer": "wait=0"}, status=202)
        )
        function.answer(_HEALTH)
        alone = _health_while(function, lambda: time.sleep(1))
        answers: Counter[int] = Counter()
        times = _health_while(
            function,
            lambda: answers.update(
                _at_once(count, lambda: _post(function, "/generations", body, headers))
            ),
        )
    what = f"/api/health of another user while {count} repeated calls would wait"
    told = ", ".join(f"{number} x {status}" for status, number in sorted(answers.items()))
    return [
        Measured(f"{what}: longest", max(times) * 1000, "ms", Budget(250), told),
        Measured("the same, median", quantile(times, 0.5) * 1000, "ms"),
        Measured("without them: longest", max(alone) * 1000, "ms"),
    ]


def _spaced_base64(around: Surroundings) -> list[Measured]:
    """Eight voices whose recordings are 30 MiB of base64 with a space after every two letters."""
    start, end = b'{"name": "Ann", "audio_base64": "', b'"}'
    body = start + (b"AA " * _BODY_BYTES)[: _BODY_BYTES - len(start) - len(end)] + end
    with serving("api", around.environment() | _AS_DEPLOYED) as function:
        function.answer(_HEALTH)
        used = function.cpu_seconds()
        with _peak_of(function) as peak:
            answers = _at_once(
                _BODIES, lambda: _post(function, "/voices/clone", body, _signed_in("hostile"))
            )
        each = (function.cpu_seconds() - used) / _BODIES
    if set(answers) - {400, 413}:
        raise RuntimeError(f"answered with {answers}")
    return [
        Measured(f"{_BODIES} x 30 MiB of spaced base64: memory", peak(), "MB", Budget(700)),
        Measured("CPU time of each", each, "s", Budget(2)),
    ]


def _callbacks(around: Surroundings) -> list[Measured]:
    """Callbacks with a result of 14 MB each, of a generation that is there."""
    environment = around.environment() | _AS_DEPLOYED
    call = Request("POST", body={"data": _TASK}, headers=_signed_in("someone"))
    with serving("generate", environment) as function:
        file_uid = json.loads(function.answer(call))["result"]["file_uid"]
    keys = parse_keyring(environment["WEBHOOK_KEYS"])
    who = GenerationRef("someone", MediaType.IMAGES, file_uid)
    token = sign(Callback(who, 1, datetime.now(UTC) + timedelta(hours=1)), keys)
    output = {"images": ["A" * _CALLBACK_BYTES]}
    body = json.dumps({"id": "another", "status": "COMPLETED", "output": output}).encode()
    with serving("runpodwebhook", environment) as function:
        function.answer(Request("POST", "/nobody", {}, status=401))
        with _peak_of(function) as peak:
            answers = _at_once(_CALLBACKS, lambda: _post(function, f"/{token}", body, {}))
    told = ", ".join(f"{number} x {status}" for status, number in sorted(Counter(answers).items()))
    what = f"{_CALLBACKS} callbacks of 14 MB at once: memory"
    return [Measured(what, peak(), "MB", Budget(512), told)]


def _signed_in(uid: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {unsigned_id_token(PROJECT, uid)}",
        "Content-Type": "application/json",
    }


def _post(function: FunctionProcess, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", function.port, timeout=60)
    try:
        # Who is refused is hung up on, perhaps before the whole body is sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return 503
    else:
        return answer.status
    finally:
        connection.close()


def _at_once(count: int, act: Callable[[], int]) -> list[int]:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(act())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) < count:
        raise RuntimeError(f"{count - len(answers)} calls were not answered")
    return answers


def _health_while(function: FunctionProcess, act: Callable[[], Any]) -> list[float]:
    """How long each /api/health takes, asked again and again until `act` has ended."""
    times: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.02):
            began = time.perf_counter()
            function.answer(_HEALTH)
            times.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        act()
    finally:
        done.set()
        thread.join()
    return times


@contextmanager
def _peak_of(function: FunctionProcess) -> Iterator[Callable[[], float]]:
    """The most resident megabytes of the process that serves, in what is done meanwhile."""
    (server,) = psutil.Process(function.process.pid).children()
    found = [server.memory_info().rss]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            found.append(server.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lambda: max(found) / 1e6
    finally:
        done.set()
        thread.join()
