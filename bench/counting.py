"""What one thing that somebody did is billed as: documents, requests, seconds, bytes.

Firestore tells what it would bill (local/firestore/usage.py); firebase-tools notes the requests
that its emulators answer (local/stack/note_requests.cjs) and the time of each function.
"""

import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench.function_log import FunctionLog
from local.stack.child import RunningStack

_QUIET_SECONDS = 2.0
_LONGEST_SECONDS = 60.0
_POLL_SECONDS = 0.2
_BILLED_MS = 100  # Cloud Run rounds up to this
_OURS = re.compile(r"^>\s+(\{.*\})$", re.MULTILINE)


@dataclass
class Function:
    """Requests of one function; `billed_ms` rounds each one up as if it were alone there."""

    requests: int = 0
    milliseconds: float = 0.0
    billed_ms: int = 0


@dataclass
class Counted:
    """One thing that was done. Bytes are those on the wire, headers included."""

    reads: int = 0  #: documents, by the backend and its workers
    writes: int = 0
    deletes: int = 0
    firestore_requests: int = 0
    app_reads: int = 0  #: documents, by the app's own listeners
    functions: dict[str, Function] = field(default_factory=dict)
    function_bytes: int = 0  #: answered by functions
    tasks: int = 0  #: operations of Cloud Tasks: each creation and each delivery
    class_a: int = 0  #: operations of Storage that create, list and change
    class_b: int = 0  #: those that read
    storage_received: int = 0
    storage_sent: int = 0
    log_bytes: int = 0  #: of our own events
    stored_documents: int = 0  #: bytes that stay in Firestore
    stored_indexes: int = 0
    stored_files: int = 0  #: bytes that stay in Storage


class Stopwatch:
    """Counts what happens in a stack that was started with `notes` as its file of requests."""

    def __init__(self, stack: RunningStack, notes: Path) -> None:
        self._stack = stack
        self._notes = notes
        self._log = stack.log_dir / "firebase.log"
        self._rest: tuple[Any, int] | None = None  # what was counted when all was quiet

    @contextmanager
    def counting(self) -> Iterator[Counted]:
        """The value is filled once all is quiet after the block."""
        counted = Counted()
        self._settle()
        before, offset, log_offset = self._usage(), self._size(), self._log.stat().st_size
        functions = FunctionLog(self._log)
        yield counted
        self._settle()
        after = self._usage()
        counted.reads = after["server"]["reads"] - before["server"]["reads"]
        counted.writes = after["server"]["writes"] - before["server"]["writes"]
        counted.deletes = after["server"]["deletes"] - before["server"]["deletes"]
        counted.firestore_requests = after["server"]["requests"] - before["server"]["requests"]
        counted.app_reads = after["app"]["reads"] - before["app"]["reads"]
        for name, seconds in functions.requests():
            one = counted.functions.setdefault(name, Function())
            one.requests += 1
            one.milliseconds += seconds * 1000
            one.billed_ms += math.ceil(seconds * 1000 / _BILLED_MS) * _BILLED_MS
        with self._notes.open("rb") as notes:
            notes.seek(offset)
            for line in notes:
                self._count(counted, json.loads(line))
        with self._log.open("rb") as log:
            log.seek(log_offset)
            said = log.read().decode("utf-8", "replace")
        counted.log_bytes = sum(len(one) for one in _OURS.findall(said))

    def _count(self, counted: Counted, note: dict[str, Any]) -> None:
        ports = self._stack.ports
        if note["port"] == ports["functions"]:
            counted.function_bytes += note["sent"]
            counted.tasks += note["path"].endswith(("/dispatch", "/reconcile"))
        elif note["port"] == ports["tasks"] and note["method"] == "POST":
            counted.tasks += 1
        elif note["port"] == ports["storage"]:
            counted.storage_received += note["received"]
            counted.storage_sent += note["sent"]
            counted.class_a += storage_class(note) == "A"
            counted.class_b += storage_class(note) == "B"

    def _settle(self) -> None:
        """Wait until nothing has happened for a while: functions go on after their answers."""
        if self._state() == self._rest:
            return
        last, since, deadline = None, time.monotonic(), time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() - since < _QUIET_SECONDS:
            if (now := self._state()) != last:
                last, since = now, time.monotonic()
            if time.monotonic() > deadline:
                raise TimeoutError("the stack does not come to rest")
            time.sleep(_POLL_SECONDS)
        self._rest = last

    def _state(self) -> tuple[Any, int]:
        return self._usage(), self._size()

    def _size(self) -> int:
        return self._notes.stat().st_size if self._notes.exists() else 0

    def _usage(self) -> dict[str, dict[str, int]]:
        stack = self._stack
        url = f"{stack.urls['firestore']}/emulator/v1/projects/{stack.project}:usage"
        usage: dict[str, dict[str, int]] = requests.get(url, timeout=10).json()
        return usage


def storage_class(note: dict[str, Any]) -> str:
    """How Cloud Storage bills a request: "A", "B" or nothing (https://cloud.google.com/storage/pricing).

    Only the beginning of a resumable upload counts; what follows belongs to it.
    """
    method, path, parameters = note["method"], note["path"], note["parameters"]
    if method in ("DELETE", "OPTIONS"):
        return ""
    if method == "GET":
        return "A" if path.endswith("/o") else "B"
    if "upload_id" in parameters and (method == "PUT" or "upload:start" not in parameters):
        return ""
    return "A"


def total(functions: dict[str, Function]) -> Counter[str]:
    """Requests and billed milliseconds of all functions together."""
    every: Counter[str] = Counter()
    for one in functions.values():
        every.update(requests=one.requests, billed_ms=one.billed_ms)
    return every
