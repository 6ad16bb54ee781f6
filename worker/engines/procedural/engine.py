"""Sends each task to the module that makes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines.interface import EngineError, Result, Step
from worker.engines.procedural.pictures import make_pictures
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech.tasks import clone_voice, speak_text
from worker.engines.procedural.videos import make_video


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
        match task_type:
            case "text2img":
                return make_pictures(request, None, workdir, progress)
            case "img2img":
                return make_pictures(request, inputs["init_image"], workdir, progress)
            case "text2video":
                return make_video(request, None, workdir, progress)
            case "img2video":
                return make_video(request, inputs["init_image"], workdir, progress)
            case "voice_clone":
                return clone_voice(request, inputs["audio"], workdir, progress)
            case "tts":
                return speak_text(request, inputs["profile"], workdir, progress)
            case _:
                raise EngineError(f"This worker does not know the task {task_type!r}.")
