"""One function in a process of its own, started as Cloud Run and the Functions emulator start it.

The start command is `functions-framework`, configured by its environment:
https://github.com/GoogleCloudPlatform/functions-framework-python
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench import ROOT

FUNCTIONS = ROOT / "functions"
_FRAMEWORK = FUNCTIONS / "venv" / "bin" / "functions-framework"
_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.002
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a function; a body goes as JSON."""

    method: str = "GET"
    path: str = "/"
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200  #: the answer that shows that it did what is measured


@dataclass(frozen=True, slots=True)
class FunctionProcess:
    """A process that serves, or will soon, and when it was spawned (perf_counter)."""

    process: subprocess.Popen[bytes]
    port: int
    spawned: float

    def answer(self, request: Request) -> bytes:
        """Ask, as soon as the port takes connections; the body of the answer.

        Raises RuntimeError for another status than the request's, TimeoutError without an answer.
        """
        self.wait()
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=_START_SECONDS)
        with contextlib.closing(connection):
            body = None if request.body is None else json.dumps(request.body)
            headers = {"Content-Type": "application/json", **request.headers}
            connection.request(request.method, request.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != request.status:
            raise RuntimeError(f"{request} was answered with {answer.status}: {content[:300]!r}")
        return content

    def cpu_seconds(self) -> float:
        """CPU time that the process and what it has started took so far."""
        root = psutil.Process(self.process.pid)
        times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def wait(self) -> None:
        """Until the port takes connections."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection((_HOST, self.port), timeout=1).close()
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"ended with {self.process.returncode}") from None
                if time.monotonic() > deadline:
                    raise TimeoutError("nothing listens") from None
                time.sleep(_POLL_SECONDS)
            else:
                return


@contextmanager
def serving(
    target: str,
    environment: Mapping[str, str],
    source: Path = FUNCTIONS,
    command: Sequence[str] = (str(_FRAMEWORK),),
) -> Iterator[FunctionProcess]:
    """Spawn `target` of `source`; ended with all that it has started."""
    port = _free_port()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "False",
        "HOST": _HOST,
        "PORT": str(port),
        "FUNCTION_TARGET": target,
        "FUNCTION_SIGNATURE_TYPE": "http",
        "K_SERVICE": target,
        "K_REVISION": "1",
        **environment,
    }
    spawned = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=source,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield FunctionProcess(process, port, spawned)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
