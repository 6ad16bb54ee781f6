"""Brush work: paint is dragged along the strokes, pass by pass.

A line integral convolution by repeated doubling back: every pass blends each place with one that
lies a little up or down its stroke. After n passes of length s the paint is spread by about
s * sqrt(n) / 2 along the stroke, which bends as the directions do.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.encoding.small import PREVIEW_SIDE, preview
from worker.engines.procedural.canvas import Canvas, Field, clamped
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.scenes import Scene

BRISTLES = 0.10
"""How much the bristles lighten and darken the paint."""


def brushed(
    canvas: Canvas, scene: Scene, passes: int, progress: Progress, length: float = 1.0
) -> Field:
    """Drag the scene's colours along its strokes in ``passes`` passes.

    ``length`` scales the strokes; 0 leaves the colours as they are.
    """
    height, width = canvas.height, canvas.width
    spread = scene.stroke * height * length
    if spread <= 0:
        for number in range(passes):
            progress.at((number + 1) / passes)
        return scene.colour
    reach = 2 * spread / math.sqrt(passes)
    forth, back = (_neighbours(canvas, scene.angle, sign * reach) for sign in (1, -1))
    paint = np.empty((height * width, 4), dtype=np.float32)
    paint[:, :3] = scene.colour.reshape(-1, 3)
    paint[:, 3] = canvas.noise(max(8.0, 0.5 / max(1e-4, scene.stroke) * 2), 2).ravel() - 0.5
    dragged = np.empty_like(paint)
    look = functools.partial(_preview, paint.reshape(height, width, 4))
    for number in range(passes):
        paint.take(forth if number % 2 == 0 else back, axis=0, out=dragged, mode="clip")
        paint += dragged
        paint *= 0.5
        progress.at((number + 1) / passes, look)
    relief = paint[:, 3] / (float(paint[:, 3].std()) + 1e-6)
    texture = 1 + np.clip(relief, -2, 2) * (BRISTLES / 2 * min(1.0, length))
    colour: Field = (paint[:, :3] * texture[:, None]).reshape(height, width, 3)
    return colour


def _preview(paint: Field) -> bytes:
    stride = max(1, max(paint.shape[:2]) // PREVIEW_SIDE)
    seen = clamped(paint[::stride, ::stride, :3]) * 255
    return preview(Image.fromarray(seen.astype(np.uint8)))


def _neighbours(canvas: Canvas, angle: Field, reach: float) -> NDArray[np.intp]:
    """Flat indices of the place ``reach`` pixels along each stroke, with its fraction dithered."""
    canvas.beat()
    height, width = angle.shape
    dither = canvas.rng.random((2, height, width), dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None] + np.sin(angle) * reach + dither[0]
    columns = np.arange(width, dtype=np.float32)[None, :] + np.cos(angle) * reach + dither[1]
    row_index = np.clip(rows, 0, height - 1).astype(np.intp)
    column_index = np.clip(columns, 0, width - 1).astype(np.intp)
    index: NDArray[np.intp] = row_index * width + column_index
    flat: NDArray[np.intp] = index.ravel()
    return flat
