"""The procedural engine, or a GPU that is busy for as long as it is told, or fails.

`FIREPOD_ENGINE=bench.engine:create`.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from worker.engines import Engine, OutputFile, Result, Step, load_engine

_STEP_SECONDS = 0.1


class BenchEngine:
    """Makes real media, unless it is told to only take time."""

    def __init__(self, procedural: Engine) -> None:
        self._procedural = procedural

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        """See worker.engines.interface.Engine."""
        extra = request.get("extra", {})
        if extra.get("fails"):
            raise RuntimeError("the bench wants it so")
        seconds = extra.get("seconds")
        if seconds is None:
            return self._procedural.run(task_type, request, inputs, workdir, step)
        began = time.monotonic()
        while (spent := time.monotonic() - began) < seconds:
            step(spent / seconds)
            time.sleep(min(_STEP_SECONDS, seconds - spent))
        picture = workdir / "picture.png"
        Image.new("RGB", (request["width"], request["height"])).save(picture)
        return Result((OutputFile(picture, "image/png"),), {"seed": request["seed"]})


def create() -> BenchEngine:
    """Build the engine."""
    return BenchEngine(load_engine("procedural"))
