"""Moves a still: a camera that glides, and paint that flows.

The flow needs no new paint: two copies of the picture are pulled along the strokes and start over
half a period apart; each is shown while it is least distorted. What is asked of a place is smooth
over a cell of the mesh, so the warping itself is Pillow's.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.engines.procedural.canvas import Field, resize

PERIOD_SECONDS = 2.8
REACH = 0.075
"""How far paint flows in one period, in picture heights."""
CELL = 32
MARGIN = 0.15
"""The picture is mirrored by this share of its height past each edge."""


@dataclass(frozen=True)
class Camera:
    """A slow push forward with a sway; it begins without speed."""

    zoom: float
    """At the start; 1 shows the whole picture."""
    sway: tuple[float, float]
    """Horizontal and vertical amplitude, in picture heights."""

    def at(self, seconds: float) -> tuple[float, float, float]:
        """Zoom and offset (picture heights) at a time."""
        zoom = self.zoom + 0.22 * (1 - math.exp(-seconds / 5))
        turn = math.sin(2 * math.pi * seconds / 9)
        return zoom, self.sway[0] * turn, self.sway[1] * turn


class Mover:
    """Renders the frames of one film."""

    def __init__(self, first: NDArray[np.uint8], second: NDArray[np.uint8], flow: Field) -> None:
        """Take two states of a picture, (H, W, 3), and its flow (H, W, 2), -1..1."""
        height, width = first.shape[:2]
        self._width, self._height = width, height
        self._margin = min(math.ceil(MARGIN * height), width - 1, height - 1)
        around = ((self._margin, self._margin), (self._margin, self._margin), (0, 0))
        self._first, self._second = (
            Image.fromarray(np.pad(state, around, mode="reflect")) for state in (first, second)
        )
        self._columns = np.append(np.arange(0, width, CELL), width).astype(np.float32)
        self._rows = np.append(np.arange(0, height, CELL), height).astype(np.float32)
        mesh = len(self._columns), len(self._rows)
        soft = [resize(flow[..., axis], *mesh) for axis in (0, 1)]
        self._flow = np.stack(soft, axis=-1) * (REACH * height)

    def frame(self, seconds: float, camera: Camera, turn: float) -> Image.Image:
        """Render the picture at a time, ``turn`` (0..1) of the way to its second state."""
        source = Image.blend(self._first, self._second, turn)
        onset = 1 - math.exp(-seconds / 0.6)
        phase = (seconds / PERIOD_SECONDS + 0.5) % 1
        one, other = (
            self._warped(source, (at - 0.5) * onset, camera.at(seconds))
            for at in (phase, (phase + 0.5) % 1)
        )
        return Image.blend(one, other, abs(2 * phase - 1))

    def _warped(
        self, source: Image.Image, along: float, view: tuple[float, float, float]
    ) -> Image.Image:
        zoom, pan_x, pan_y = view
        x = (self._columns[None, :] - self._width / 2) / zoom + self._width / 2
        y = (self._rows[:, None] - self._height / 2) / zoom + self._height / 2
        x = x + pan_x * self._height - self._flow[..., 0] * along + self._margin
        y = y + pan_y * self._height - self._flow[..., 1] * along + self._margin
        at = np.stack([x, y], axis=-1)
        np.clip(at, 0, np.array(source.size) - 1, out=at)
        corners = np.concatenate([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1)
        quads = corners.reshape(-1, 8).tolist()
        columns, rows = self._columns.astype(int).tolist(), self._rows.astype(int).tolist()
        boxes = [
            (left, top, right, bottom)
            for top, bottom in pairwise(rows)
            for left, right in pairwise(columns)
        ]
        mesh = list(zip(boxes, quads, strict=True))
        return source.transform(
            (self._width, self._height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR
        )
