"""A stack as a child process: for tests and benchmarks, on free ports beside any other one."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.stack.firebase_config import load_firebase_config
from local.stack.ports import reserved_offset

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 240.0  # one stack after the other starts on a machine
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.1
_TRIES = 3  # each with other ports
# What the stack says of a port, and what firebase-tools does.
_PORT_TAKEN = re.compile(r"Port \d+ \(.*\) is taken|port taken")


class StackFailedError(Exception):
    """The stack ended instead of becoming ready; the message is its output."""


class PortTakenError(StackFailedError):
    """Another program was faster: a port is free until somebody listens; stacks start by turns."""


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A ready stack; the attributes are those of announcement.ready_record."""

    process: subprocess.Popen[bytes]
    project: str
    region: str
    bucket: str
    port_offset: int
    stack_id: str
    host: str
    ports: Mapping[str, int]
    urls: Mapping[str, str]
    environment: Mapping[str, str]
    runpod_api_key: str
    log_dir: Path

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End the stack by a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)

    def output(self) -> str:
        """What the stack itself has printed so far."""
        return (self.log_dir / "stack.log").read_text("utf-8", "replace")


@contextmanager
def running_stack(
    log_dir: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[RunningStack]:
    """A stack that is ready, with the command line `arguments`; stopped at the end.

    Raises StackFailedError when it ends before, and TimeoutError when it takes too long.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        yield _made_ready(held, log_dir, arguments, environment or {})


def _made_ready(
    held: ExitStack, log_dir: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> RunningStack:
    """A ready stack, whose end and whose ports' are in `held`."""
    ready_file = log_dir / "ready.json"
    for tries_left in reversed(range(_TRIES)):
        ready_file.unlink(missing_ok=True)
        with ExitStack() as attempt:
            offset = attempt.enter_context(reserved_offset(load_firebase_config(ROOT)))
            process = _start(offset, log_dir, ready_file, arguments, environment)
            attempt.callback(_end, process)
            try:
                ready = _ready(process, ready_file, log_dir)
            except PortTakenError:
                if not tries_left:
                    raise
                continue
            held.push(attempt.pop_all())
            return ready
    raise AssertionError("the last try returns or raises")


def _start(
    offset: int,
    log_dir: Path,
    ready_file: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "local.stack", "--port-offset", str(offset)),
        *("--log-dir", str(log_dir), "--ready-file", str(ready_file)),
        *("--data-dir", "none", "--no-ui", *arguments),
    ]
    with (log_dir / "stack.log").open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**_without_key(), "FIRESTORE_REQUIRE_INDEXES": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its guard ends the rest
        process.wait()


def _without_key() -> dict[str, str]:
    """The environment here; no test spends a developer's money at RunPod."""
    return {name: value for name, value in os.environ.items() if name != "RUNPOD_API_KEY"}


def _ready(process: subprocess.Popen[bytes], ready_file: Path, log_dir: Path) -> RunningStack:
    deadline = time.monotonic() + _START_SECONDS
    while not ready_file.exists():
        if process.poll() is not None:
            output = (log_dir / "stack.log").read_text("utf-8", "replace")
            failure = PortTakenError if _PORT_TAKEN.search(output) else StackFailedError
            raise failure(f"exit code {process.returncode}\n{output}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"the stack is not ready after {_START_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
    record: dict[str, Any] = json.loads(ready_file.read_text("utf-8"))
    del record["pid"], record["log_dir"]
    return RunningStack(process=process, log_dir=log_dir, **record)
