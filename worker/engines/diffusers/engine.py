"""The engine: one model, and one job at a time on the GPU."""

import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines import memory
from worker.engines.diffusers import pictures, videos
from worker.engines.diffusers.loading import load
from worker.engines.interface import EngineError, OutOfMemory, Result, Step
from worker.engines.table import Model
from worker.engines.turns import turn

WARM_SIDES = {"cuda": 768, "cpu": 256}

_SMALLER_PICTURE = "The GPU ran out of memory. Ask for a smaller picture, or for fewer at a time."
_SMALLER_VIDEO = "The GPU ran out of memory. Ask for a smaller video, or for fewer frames."
_WARM: dict[str, Any] = {
    "prompt": "a harbour in the evening, red roofs, green hills, blue water, white sails",
    "negative_prompt": "",
    "num_images": 1,
    "num_frames": 5,
    "fps": 15,
    "steps": 2,
    "guidance_scale": 5.0,
    "seed": 0,
}


class DiffusersEngine:
    """Makes what its model can. Jobs that come at one time wait for each other."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._gpu = threading.Lock()
        try:
            with memory.bounded(""):
                self._loaded = load(model)
            self._warm()
        except OutOfMemory:
            raise OutOfMemory(
                f"This worker's GPU has too little memory for {model.label},"
                f" which takes about {model.memory_gb:g} GB."
            ) from None

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        """Run one task; see ``worker.engines.interface.Engine.run``."""
        if task_type not in self.model.tasks:
            can = ", ".join(self.model.tasks)
            raise EngineError(f"{self.model.label} makes {can}; it cannot make {task_type}.")
        film = task_type in videos.TASKS
        make = videos.make if film else pictures.make
        with turn(self._gpu, step), memory.bounded(_SMALLER_VIDEO if film else _SMALLER_PICTURE):
            return make(self._loaded, task_type, request, inputs, workdir, step)

    def _warm(self) -> None:
        """One small run: what is compiled, cached and reserved at the first use is so before it."""
        side = WARM_SIDES[memory.device()]
        width, height = self.model.sizes[0] if self.model.sizes else (side, side)
        size = {"width": width, "height": height, "video_width": width, "video_height": height}
        with tempfile.TemporaryDirectory() as folder:
            request = {**_WARM, **size}
            self.run(self.model.tasks[0], request, {}, Path(folder), lambda *_: None)
