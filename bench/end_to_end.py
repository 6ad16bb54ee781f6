"""From the call of `generate` to the completed document, with a real worker that really makes it.

The worker is the procedural engine on this machine's processor; GPUs have their own times.
"""

import statistics
import time
from typing import Any

from bench.app import App
from bench.lab import Lab
from bench.measurement import Budget, Measured

_ROUNDS = 3
_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.02
_PICTURE = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_VIDEO = {"task_type": "text2video", "prompt": "a lighthouse at dusk"}


def run(lab: Lab) -> list[Measured]:
    """Pictures and videos by turns, each with the defaults of its task."""
    app = App(lab.stack)
    pictures: list[float] = []
    videos: list[float] = []
    for number in range(_ROUNDS + 1):
        picture, video = _seconds(app, _PICTURE), _seconds(app, _VIDEO)
        if number:  # the first of each warms up
            pictures.append(picture)
            videos.append(video)
    return [
        Measured("picture, 1024 x 1024", statistics.median(pictures), "s", Budget(3)),
        Measured("video, 832 x 480, 49 frames", statistics.median(videos), "s", Budget(15)),
    ]


def _seconds(app: App, task: dict[str, Any]) -> float:
    user = app.sign_up()
    began = time.perf_counter()
    _, started = app.generate(user, task)
    while (status := app.status(started["path"])) in ("queued", "processing"):
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            raise TimeoutError(f"{started['path']} is still {status}")
        time.sleep(_POLL_SECONDS)
    if status != "completed":
        raise RuntimeError(f"{started['path']} is {status}")
    return time.perf_counter() - began
