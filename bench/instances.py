"""`generate` and the integration guide's function as one instance each, without an emulator around.

An emulator starts a process for each call that finds none idle, and adds the same milliseconds to
both sides. A deployment has one process for several calls, and nothing but a network in between.
"""

import itertools
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import requests

from bench import ROOT
from bench.delay import delayed
from bench.function_process import FunctionProcess, serving
from bench.id_token import unsigned_id_token
from bench.surroundings import PROJECT, Surroundings

CALLS_PER_USER = 4  # as many as may run for one user by default
_GUIDE = ROOT / "bench" / "guide"
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_DEBUG = '{"skipTokenVerification": true}'  # as the Functions emulator has it
_SECONDS = 60.0
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Instances:
    """Both of them, warm."""

    own: FunctionProcess
    guide: FunctionProcess


@dataclass(slots=True)
class Caller:
    """Somebody who calls over one connection, each few times as another user."""

    number: int = field(default_factory=lambda: next(_numbers))
    calls: int = 0
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def is_first(self) -> bool:
        """Whether the next call is the first one of its user."""
        return self.calls % CALLS_PER_USER == 0

    def call(self, function: FunctionProcess) -> float:
        """The seconds until the answer; RuntimeError for any other answer than 200."""
        user = f"user-{self.number}-{self.calls // CALLS_PER_USER}"
        self.calls += 1
        headers = {
            "Authorization": f"Bearer {unsigned_id_token(PROJECT, user)}",
            "Content-Type": "application/json",
        }
        body, url = json.dumps({"data": _TASK}), f"http://127.0.0.1:{function.port}/"
        began = time.perf_counter()
        answer = self.http.post(url, data=body, headers=headers, timeout=_SECONDS)
        seconds = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"answered {answer.status_code}: {answer.text[:300]}")
        return seconds


@contextmanager
def instances(
    around: Surroundings, *, firestore_seconds: float = 0, runpod_seconds: float = 0
) -> Iterator[Instances]:
    """Start them, with so long a way to Firestore and to RunPod, there and back."""
    with ExitStack() as opened:
        host, url = around.firestore_host, around.runpod_url
        if firestore_seconds:
            port = int(host.rpartition(":")[2])
            host = f"127.0.0.1:{opened.enter_context(delayed(port, firestore_seconds))}"
        if runpod_seconds:
            before, _, port_and_path = url.rpartition(":")
            port_text, _, path = port_and_path.partition("/")
            port = opened.enter_context(delayed(int(port_text), runpod_seconds))
            url = f"{before}:{port}/{path}"
        environment = around.environment(host) | {"RUNPOD_BASE_URL": url, "THREADS": "16"}
        own = opened.enter_context(serving("generate", environment))
        node = shutil.which("node") or "node"
        guide = opened.enter_context(
            serving(
                "guiderun",
                environment
                | {
                    "GUIDE_RUN_URL": f"{url}/{environment['RUNPOD_IMAGE_ENDPOINT_ID']}/run",
                    "GUIDE_RUN_KEY": environment["RUNPOD_API_KEY"],
                    "FIREBASE_DEBUG_MODE": "true",
                    "FIREBASE_DEBUG_FEATURES": _DEBUG,
                },
                _GUIDE,
                (node, "serve.js"),
            )
        )
        both = Instances(own, guide)
        for function in (own, guide):
            function.wait()
            for _ in range(3):
                caller = Caller()
                for _ in range(CALLS_PER_USER):
                    caller.call(function)
        yield both
