"""Makes a painting: read the prompt, lay the scene out, brush it, finish it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.engines.procedural.brush import brushed
from worker.engines.procedural.canvas import Canvas, Field
from worker.engines.procedural.finish import graded, lit, to_bytes
from worker.engines.procedural.idea import Idea, read_prompt
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.restyle import restyled
from worker.engines.procedural.scenes import SCENES, Scene


@dataclass(frozen=True)
class Start:
    """A picture to start from, (H, W, 3) 0..1, and how far to go away from it, 0..1."""

    picture: Field
    strength: float


@dataclass(frozen=True)
class Painting:
    """Brushed, and one finish away from being a picture."""

    canvas: Canvas
    idea: Idea
    scene: Scene
    colour: Field
    guidance: float
    start: Start | None

    def finished(self, shine: Field | None = None) -> NDArray[np.uint8]:
        """Finish it to (H, W, 3); ``shine`` (H, W) dims or strengthens its lights by place."""
        self.canvas.beat()
        lights = self.scene.lights if shine is None else self.scene.lights * shine[..., None]
        colour = graded(lit(self.colour, lights), self.guidance, self.idea.avoided)
        self.canvas.beat()
        pixels = to_bytes(self.canvas, colour, self.idea.without)
        if self.start is None or self.start.strength >= 0.1:
            return pixels
        # the finish alone would change a picture that shall stay as it is
        share = np.float32(self.start.strength * 10)
        kept = self.start.picture * 255 * (1 - share) + pixels * share
        return np.clip(kept + 0.5, 0, 255).astype(np.uint8)


def paint(
    request: Mapping[str, Any],
    size: tuple[int, int],
    seed: int,
    progress: Progress,
    start: Start | None = None,
) -> Painting:
    """Paint ``size`` (width, height) for the prompt of ``request`` in ``steps`` brush passes."""
    idea = read_prompt(request["prompt"], request.get("negative_prompt") or "", seed)
    canvas = Canvas(*size, idea.rng, progress.part(0, 0.4).beat)
    scene = SCENES[idea.scene](canvas, idea)
    scene = replace(scene, colour=np.clip(scene.colour, 0, 1))
    length = 0.0 if "strokes" in idea.without else 1.0
    if start is not None:
        scene = restyled(canvas, start.picture, scene, idea.palette, start.strength)
        length *= min(1.0, 2 * start.strength)
    passes = progress.part(0.4, 0.95)
    colour = brushed(canvas, scene, int(request["steps"]), passes, length)
    canvas.beat = progress.part(0.95, 0.98).beat
    return Painting(canvas, idea, scene, colour, float(request["guidance_scale"]), start)
