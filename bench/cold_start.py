"""From the spawn of a function's process to its first answer, against the least possible function.

Import work is all on one core, so the CPU time up to that answer is given too: it tells the same
on a busy machine.
"""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from bench.function_process import FUNCTIONS, Request, serving
from bench.id_token import unsigned_id_token
from bench.lab import Lab
from bench.measurement import Budget, Measured
from bench.surroundings import PROJECT, surroundings

_ROUNDS = 5
_BUDGET = Budget(1.25)
_HELLO = Path(__file__).parent / "hello"
_NOT_SIGNED_IN = Request("POST", body={"data": {}}, status=401)
_WHOLE = "a whole generate"
_LIST = "a first page over REST"
_QUESTION = "the least that asks Firestore once"
_JOB = "the least that reads, writes, calls RunPod and writes"
_NO_JOB = Request("POST", body={"data": {"file_uid": ""}})

# For each function the first request that has no effect and comes in its ordinary course.
_FIRST = {
    "generate": _NOT_SIGNED_IN,
    "cancel": _NOT_SIGNED_IN,
    "retry": _NOT_SIGNED_IN,
    "discard": _NOT_SIGNED_IN,
    "api": Request(path="/api/health"),
    "runpodwebhook": Request("GET", status=405),
    "dispatch": _NO_JOB,
    # These two always ask Firestore: for a job that is gone, and for due jobs of an empty one.
    "reconcile": Request("POST", body={"data": {"file_uid": "gone"}}),
    "sweep": Request(),
}


@dataclass(frozen=True, slots=True)
class _Start:
    seconds: float
    cpu_seconds: float


def run(_lab: Lab) -> list[Measured]:
    """Start hello and a function by turns; each function's ratio is the median over its pairs."""
    signed_in = {"Authorization": f"Bearer {unsigned_id_token(PROJECT, 'someone')}"}
    generate = Request(
        "POST",
        body={"data": {"task_type": "text2img", "prompt": "a lighthouse at dusk"}},
        headers=signed_in,
    )
    kinds = {name: (name, first, FUNCTIONS) for name, first in _FIRST.items()}
    kinds[_WHOLE] = ("generate", generate, FUNCTIONS)
    kinds[_LIST] = ("api", Request(path="/api/generations", headers=signed_in), FUNCTIONS)
    kinds[_QUESTION] = ("question", Request(), _HELLO)
    kinds[_JOB] = ("job", Request(), _HELLO)
    pairs: dict[str, list[tuple[_Start, _Start]]] = {kind: [] for kind in kinds}
    # What a generation leaves behind would keep sweep and reconcile busy: another Firestore.
    with surroundings() as used, surroundings() as empty:
        environments = dict.fromkeys(kinds, empty.environment()) | {_WHOLE: used.environment()}
        hello_environment = empty.environment()
        _rest_between_rounds(empty.firestore_host)
        _rest_between_rounds(empty.firestore_host)
        _start("hello", Request(), hello_environment, _HELLO)  # both write their .pyc files once
        _start("generate", generate, environments[_WHOLE])
        for _ in range(_ROUNDS):
            for kind, (target, first, source) in kinds.items():
                hello = _start("hello", Request(), hello_environment, _HELLO)
                pairs[kind].append((hello, _start(target, first, environments[kind], source)))
    hellos = [hello for many in pairs.values() for hello, _ in many]
    return [
        Measured(
            "hello world: spawn to first answer",
            statistics.median(one.seconds for one in hellos) * 1000,
            "ms",
            note=f"{statistics.median(one.cpu_seconds for one in hellos) * 1000:.0f} ms of CPU",
        ),
        *(_measured(kind, many) for kind, many in pairs.items()),
    ]


def _rest_between_rounds(firestore_host: str) -> None:
    """As in 59 of 60 minutes, when no round through everybody's uploads is due."""
    path = f"/v1/projects/{PROJECT}/databases/(default)/documents/upkeep/uploads"
    until = datetime.now(UTC) + timedelta(hours=1)
    fields = {"after": {"stringValue": ""}, "rest_until": {"timestampValue": until.isoformat()}}
    answer = requests.patch(
        f"http://{firestore_host}{path}",
        json={"fields": fields},
        headers={"Authorization": "Bearer owner"},
        timeout=10,
    )
    answer.raise_for_status()


def _measured(kind: str, pairs: list[tuple[_Start, _Start]]) -> Measured:
    ratio = statistics.median(own.seconds / hello.seconds for hello, own in pairs)
    cpu = statistics.median(own.cpu_seconds / hello.cpu_seconds for hello, own in pairs)
    milliseconds = statistics.median(own.seconds for _, own in pairs) * 1000
    return Measured(
        f"{kind} / hello world",
        ratio,
        budget=_BUDGET if kind in _FIRST else None,
        note=f"{milliseconds:.0f} ms; CPU time {cpu:.2f}",
    )


def _start(
    target: str, first: Request, environment: Mapping[str, str], source: Path = FUNCTIONS
) -> _Start:
    with serving(target, environment, source) as function:
        function.answer(first)
        return _Start(time.perf_counter() - function.spawned, function.cpu_seconds())
