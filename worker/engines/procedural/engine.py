"""Sends each task to the function that makes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines.interface import EngineError, Result, Step
from worker.engines.procedural import pictures, videos
from worker.engines.procedural.making import Makers
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech import tasks as speech

_MAKERS: Makers = {**pictures.TASKS, **videos.TASKS, **speech.TASKS}


class ProceduralEngine:
    """Serves every task type of docs/contract.md, 2. Holds no state."""

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        """Run one task; see ``worker.engines.interface.Engine.run``."""
        progress = Progress(step)
        progress.at(0)
        make = _MAKERS.get(task_type)
        if make is None:
            raise EngineError(f"This worker does not know the task {task_type!r}.")
        return make(request, inputs, workdir, progress)
