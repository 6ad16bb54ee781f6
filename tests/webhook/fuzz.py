"""Throws bodies and tokens at `runpodwebhook`, in this process: `python -m tests.webhook.fuzz`.

Two kinds of requests, none of which may change anything: any body under a token that is none of
ours, and under a valid token any body that is not RunPod's word on this token's job.
"""

import argparse
import base64
import contextlib
import copy
import gc
import io
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import flask
import psutil
from werkzeug.test import EnvironBuilder

import main as deployed
from firepod import wiring
from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol import tokens
from firepod.protocol.runpod import RunpodStatus
from tests.fakes.backend import FakeBackend, make_backend
from tests.fakes.values import KEYRING, make_generation, make_job

FULL = 100_000
WARM_UP = 0.2  # of the requests; the memory is measured from then on
_JOB = "job-1"
_TEXT = 'aZ09._-/%+ {}[]":,\\\u0000é☃\ud7ff\U0001f600'


@dataclass(slots=True)
class Findings:
    """What came of it."""

    answers: Counter[int] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)  #: requests after which something was new
    grown_bytes: int = 0  #: of this process, after the warm-up
    grown_objects: int = 0
    leaked: list[str] = field(default_factory=list)  #: log lines with a token or a body in them
    seconds: float = 0.0


def make_live_backend() -> FakeBackend:
    """A backend with one generation under way, whose RunPod job is `job-1`."""
    backend = make_backend()
    generation = make_generation()
    backend.store.keep(generation, make_job(generation))
    return backend


def fuzz(count: int, seed: int) -> Findings:
    """Send `count` requests."""
    chance, found = random.Random(seed), Findings()
    backend = make_live_backend()
    before = copy.deepcopy(backend.store.values)
    app = flask.Flask("fuzz")
    wiring.use(backend)
    began = time.monotonic()
    base_bytes = base_objects = 0
    try:
        with contextlib.redirect_stdout(io.StringIO()) as log:
            for number in range(count):
                if number == int(count * WARM_UP):
                    base_bytes, base_objects = _memory()
                token, body, extra = _draw(chance, backend)
                status = _send(app, token, body, extra)
                found.answers[status] += 1
                if backend.store.values != before or backend.queue.tasks or backend.storage.files:
                    found.changed.append(f"{number}: {body[:200]!r}")
                    backend = make_live_backend()
                    wiring.use(backend)
                if number % 64 == 0:
                    found.leaked += _leaks(log.getvalue(), token)
                    log.seek(0)
                    log.truncate()
                    backend.failpoints.reached.clear()  # the fakes' memory is not looked at
    finally:
        wiring.use(None)
    ended_bytes, ended_objects = _memory()
    found.grown_bytes, found.grown_objects = ended_bytes - base_bytes, ended_objects - base_objects
    found.seconds = time.monotonic() - began
    return found


def valid_token(backend: FakeBackend, **other: Any) -> str:
    """A token of ours for the live generation, or for what `other` says instead."""
    values: dict[str, Any] = {"ref": make_generation().ref, "attempt": 1, **other}
    until = backend.clock.now() + timedelta(hours=1)
    return tokens.sign(tokens.Callback(values["ref"], values["attempt"], until), KEYRING)


def _send(app: flask.Flask, token: str, body: bytes, extra: dict[str, Any]) -> int:
    environ = EnvironBuilder(data=body, **extra).get_environ()
    environ["PATH_INFO"] = f"/{token}".encode().decode("latin-1")  # as WSGI has it
    with app.request_context(environ):
        return int(app.make_response(deployed.runpodwebhook(flask.request)).status_code)


def _draw(chance: random.Random, backend: FakeBackend) -> tuple[str, bytes, dict[str, Any]]:
    extra: dict[str, Any] = {"method": "POST", "content_type": "application/json"}
    if chance.random() < 0.02:
        extra["method"] = chance.choice(("GET", "PUT", "DELETE", "HEAD", "PATCH"))
    if chance.random() < 0.02:
        length = chance.choice((-1, 10**12, 31_000_001))
        extra["environ_overrides"] = {"CONTENT_LENGTH": str(length)}
    if chance.random() < 0.5:
        return _bad_token(chance, backend), _any_body(chance, job_id=_JOB), extra
    return _good_token(chance, backend), _empty_body(chance), extra


def _good_token(chance: random.Random, backend: FakeBackend) -> str:
    if chance.random() < 0.2:
        ref = GenerationRef("bob", chance.choice(list(MediaType)), _words(chance) or "x")
        return valid_token(backend, ref=ref)
    return valid_token(backend, attempt=chance.choice((1, 1, 1, 0, 2, 10**9)))


def _bad_token(chance: random.Random, backend: FakeBackend) -> str:
    token = valid_token(backend)
    match chance.randrange(6):
        case 0:
            return _words(chance)
        case 1:  # one character of ours is another one
            at = chance.randrange(len(token))
            changed = token[:at] + chance.choice("abcXYZ012._-") + token[at + 1 :]
            return changed if changed != token else token[:-1]
        case 2:
            return token[: chance.randrange(len(token))]
        case 3:  # signed by somebody else
            stranger = tokens.Keyring({"k1": chance.randbytes(32)}, "k1")
            until = backend.clock.now() + timedelta(hours=1)
            return tokens.sign(tokens.Callback(make_generation().ref, 1, until), stranger)
        case 4:  # expired
            past = backend.clock.now() - timedelta(seconds=chance.randrange(1, 10**6))
            return tokens.sign(tokens.Callback(make_generation().ref, 1, past), KEYRING)
        case _:
            return f"k1.{base64.urlsafe_b64encode(chance.randbytes(40)).decode()}." + "A" * 5000


def _any_body(chance: random.Random, job_id: str) -> bytes:
    body = {"id": job_id, "status": chance.choice(list(RunpodStatus)), "output": _json(chance, 3)}
    return chance.choice((json.dumps(body).encode(), _empty_body(chance)))


def _empty_body(chance: random.Random) -> bytes:
    """A body that says nothing of the job: no JSON, no body of RunPod's, or another job's."""
    match chance.randrange(7):
        case 0:
            return chance.randbytes(chance.randrange(200))
        case 1:
            return chance.choice((b"[", b'{"a":')) * chance.choice((10, 10_000))
        case 2:
            return json.dumps(_json(chance, 4)).encode()
        case 3:
            whole = json.dumps({"id": _JOB, "status": "COMPLETED", "output": {}}).encode()
            return whole[: chance.randrange(len(whole))]
        case 4:
            return b'{"id": "job-1", "status": "FAILED", "error": "\xff\xfe"}'
        case 5:
            status = chance.choice(("IN_QUEUE", "IN_PROGRESS", "RUNNING", "", None, 7, [], {}))
            return json.dumps({"id": _JOB, "status": status, "output": _json(chance, 2)}).encode()
        case _:
            named = chance.choice((_words(chance), None, 1, [], {"id": _JOB}, f"{_JOB} "))
            status = chance.choice([*RunpodStatus, "completed"])
            return json.dumps(
                {"id": named, "status": status, "output": _json(chance, 3), "error": _words(chance)}
            ).encode()


def _json(chance: random.Random, depth: int) -> Any:
    leaves: list[Any] = [None, True, 0, -1, 1e308, float("nan"), 10**400, "", _words(chance)]
    if depth == 0 or chance.random() < 0.4:
        return chance.choice(leaves)
    if chance.random() < 0.5:
        return [_json(chance, depth - 1) for _ in range(chance.randrange(4))]
    names = ("images", "image_url", "progress", "status", "id", "error", _words(chance))
    return {chance.choice(names): _json(chance, depth - 1) for _ in range(chance.randrange(5))}


def _words(chance: random.Random) -> str:
    return "".join(chance.choices(_TEXT, k=chance.randrange(30)))


def _memory() -> tuple[int, int]:
    gc.collect()
    return psutil.Process().memory_info().rss, len(gc.get_objects())


def _leaks(log: str, token: str) -> list[str]:
    suspicious = (token if len(token) > 20 else "\0\0", "Traceback", "attacker")
    return [line[:300] for line in log.splitlines() if any(text in line for text in suspicious)]


def main() -> int:
    """Run all of them, tell what came of it; 1 if anything did that must not."""
    parser = argparse.ArgumentParser(prog="python -m tests.webhook.fuzz", description=__doc__)
    parser.add_argument("--n", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = fuzz(given.n, given.seed)
    bad = sum(count for status, count in found.answers.items() if status >= 500)
    answers = ", ".join(f"{n} x {status}" for status, n in sorted(found.answers.items()))
    _say(f"{given.n} callbacks in {found.seconds:.0f} s: {answers}")
    _say(f"  5xx {bad}, changes {len(found.changed)}, leaks {len(found.leaked)}")
    _say(f"  memory after the warm-up {found.grown_bytes / 1e6:+.1f} MB")
    for example in (*found.changed[:5], *found.leaked[:5]):
        _say(f"      {example}")
    return 1 if bad or found.changed or found.leaked else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
