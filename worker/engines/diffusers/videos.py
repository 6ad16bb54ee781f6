"""The video tasks: ``text2video`` and ``img2video``."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.encoding.mp4 import write_mp4
from worker.engines.diffusers.asking import arguments, call, generators
from worker.engines.diffusers.loading import Loaded
from worker.engines.diffusers.look import middle
from worker.engines.diffusers.progress import Progress
from worker.engines.diffusers.schedulers import scheduler
from worker.engines.diffusers.sizes import Size, frames, size
from worker.engines.given import start_picture
from worker.engines.interface import OutputFile, Result, Step

TASKS = ("text2video", "img2video")
WRITING = 0.95  #: where the progress stands when the frames are there


def make(
    loaded: Loaded,
    task: str,
    request: Mapping[str, Any],
    inputs: Mapping[str, Path],
    workdir: Path,
    step: Step,
) -> Result:
    """Write one MP4 of exactly ``num_frames`` frames."""
    count, seed = int(request["num_frames"]), int(request["seed"])
    sized = size(loaded.model, int(request["video_width"]), int(request["video_height"]))
    progress = Progress(step, loaded.look, sized.made)
    progress.at(0)
    pipeline = loaded.pipeline(task)
    pipeline.scheduler = scheduler(loaded, request.get("scheduler"))
    asked = {
        **arguments(loaded.model, request),
        "width": sized.made[0],
        "height": sized.made[1],
        "num_frames": frames(loaded.model, count),
        "generator": generators([seed]),
        "output_type": "np",
        "callback_on_step_end": progress.steps(0, WRITING),
    }
    if "init_image" in inputs:
        asked["image"] = start_picture(inputs["init_image"], *sized.made)
    film = call(pipeline, asked).frames[0]
    loaded.look.learn(_picture(film[middle(len(film))]))
    path = workdir / "video.mp4"
    fps = Fraction(request["fps"]).limit_denominator(1001)
    write_mp4(path, sized.asked, fps, _frames(film[:count], sized, progress))
    progress.at(1)
    info = {"fps": request["fps"], "num_frames": count, "seed": seed}
    return Result((OutputFile(path, "video/mp4"),), info)


def _frames(film: NDArray[np.float32], sized: Size, progress: Progress) -> Iterator[Image.Image]:
    for index, frame in enumerate(film):
        yield _picture(frame).crop(sized.box)
        progress.at(WRITING + (1 - WRITING) * (index + 1) / len(film))


def _picture(frame: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray((np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8))
