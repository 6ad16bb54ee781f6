"""The procedural engine, which notes every run, so that a run that happened twice is seen.

`FIREPOD_ENGINE=tests.chaos.engine:create`; the notes are lines of JSON in CHAOS_ENGINE_LOG.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines import Result
from worker.engines.interface import Step
from worker.engines.procedural.engine import ProceduralEngine

_MARKER = re.compile(r"quokka-\d+-\d+-[0-9a-f]{10}")
_PAUSE_STEP = 0.05


class NotingEngine:
    """Notes `began` and `done` of each run with its worker and the marker of its prompt."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._engine = ProceduralEngine()

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        found = _MARKER.search(request["prompt"])
        marker = found.group() if found else ""
        self._note("began", marker)
        until = time.monotonic() + request.get("extra", {}).get("pause_seconds", 0)
        while time.monotonic() < until:
            step(0.0)
            time.sleep(_PAUSE_STEP)
        result = self._engine.run(task_type, request, inputs, workdir, step)
        self._note("done", marker)
        return result

    def _note(self, event: str, marker: str) -> None:
        worker = os.environ["RUNPOD_POD_ID"]
        line = json.dumps({"at": time.time(), "event": event, "worker": worker, "marker": marker})
        # One write of a short line to a file opened for appending: workers do not mix their lines.
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)


def create() -> NotingEngine:
    """Build the engine; CHAOS_ENGINE_LOG names its log."""
    return NotingEngine(Path(os.environ["CHAOS_ENGINE_LOG"]))
