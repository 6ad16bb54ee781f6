"""The video tasks: ``text2video`` and ``img2video``."""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from worker.encoding.mp4 import write_mp4
from worker.encoding.small import preview
from worker.engines.interface import EngineError, OutputFile, Result
from worker.engines.procedural.canvas import Field
from worker.engines.procedural.making import Makers
from worker.engines.procedural.motion import Camera, Mover
from worker.engines.procedural.paintings import Start, paint
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.seeding import generator
from worker.engines.procedural.start_image import read_start_image

RESTYLED = 0.4
"""How far a film that starts from a picture goes toward its prompt (see ``Start.strength``)."""


@dataclass(frozen=True)
class Shot:
    """What is filmed, and how it changes."""

    mover: Mover
    camera: Camera
    turn: Callable[[float], float]
    """Seconds -> how far from the first state of the picture to the second, 0..1."""


def make_video(
    request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, progress: Progress
) -> Result:
    """Write one MP4 of exactly ``num_frames`` frames.

    A film from a prompt shows a painted scene. One from a picture begins with that very picture,
    and its colours turn toward the prompt while it moves.
    """
    width, height = int(request["video_width"]), int(request["video_height"])
    if width % 2 or height % 2:
        raise EngineError("The width and the height of a video must be even numbers.")
    fps = Fraction(request["fps"]).limit_denominator(1001)
    count = int(request["num_frames"])
    preparing = progress.part(0, 0.3)
    if "init_image" not in inputs:
        shot = _scene(request, (width, height), preparing)
    else:
        picture = read_start_image(inputs["init_image"], width, height)
        shot = _continuation(request, picture, preparing)
    path = workdir / "video.mp4"
    frames = _frames(shot, fps, count, progress.part(0.3, 1))
    write_mp4(path, (width, height), fps, frames)
    progress.at(1)
    info = {"fps": request["fps"], "num_frames": count, "seed": int(request["seed"])}
    return Result((OutputFile(path, "video/mp4"),), info)


def _scene(request: Mapping[str, Any], size: tuple[int, int], progress: Progress) -> Shot:
    """Film a painting whose lights twinkle."""
    seed = int(request["seed"])
    painting = paint(request, size, seed, progress)
    shine = painting.canvas.noise(14, 2) * 1.4
    mover = Mover(
        painting.finished(1.4 - shine + 0.3),
        painting.finished(shine + 0.3),
        _flow(painting.scene.angle, painting.scene.drift),
    )
    return Shot(mover, _camera(request, 1.08), lambda at: 0.5 - 0.5 * math.cos(2.4 * at))


def _continuation(request: Mapping[str, Any], picture: Field, progress: Progress) -> Shot:
    """Film a picture that turns slowly into a painting of itself."""
    height, width = picture.shape[:2]
    start = Start(picture, RESTYLED)
    painting = paint(request, (width, height), int(request["seed"]), progress, start)
    first = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    swirl = (painting.canvas.noise(1.5, 2) * 9).astype(np.float32)
    mover = Mover(first, painting.finished(), _flow(swirl, painting.canvas.noise(2, 2)))
    return Shot(mover, _camera(request, 1.0), lambda at: 1 - math.exp(-((at / 4) ** 2)))


def _camera(request: Mapping[str, Any], zoom: float) -> Camera:
    rng = generator(request["prompt"], int(request["seed"]), "camera")
    return Camera(zoom, (float(rng.choice([-1, 1])) * 0.03, float(rng.uniform(-0.012, 0.012))))


def _flow(angle: Field, drift: Field) -> Field:
    return np.stack([np.cos(angle) * drift, np.sin(angle) * drift], axis=-1)


def _frames(shot: Shot, fps: Fraction, count: int, progress: Progress) -> Iterator[Image.Image]:
    for index in range(count):
        seconds = float(index / fps)
        frame = shot.mover.frame(seconds, shot.camera, shot.turn(seconds))
        yield frame
        progress.at((index + 1) / count, functools.partial(preview, frame))


TASKS: Makers = {
    "text2video": make_video,
    "img2video": make_video,
}
