"""Fields over a picture: coordinates, noise, warping. All arrays are float32, rows from the top."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating[Any]]


def smoothstep(low: float, high: float, value: Field) -> Field:
    """0 below ``low``, 1 above ``high`` (either may be the larger one), smooth in between."""
    t = np.clip((value - low) / (high - low), 0, 1).astype(np.float32)
    smooth: Field = t * t * (3 - 2 * t)
    return smooth


def clamped(value: Field) -> Field:
    """Limit to 0..1, as float32."""
    limited: Field = np.clip(value, 0, 1)
    return limited.astype(np.float32, copy=False)


def mix(first: Field, second: Field, amount: Field | float) -> Field:
    """Blend from ``first`` to ``second``; an (H, W) amount also blends (H, W, 3) colours."""
    if isinstance(amount, np.ndarray) and amount.ndim == 2 and max(first.ndim, second.ndim) != 2:
        amount = amount[..., None]
    blended: Field = first + (second - first) * amount
    return blended.astype(np.float32, copy=False)


def resize(field: Field, width: int, height: int) -> Field:
    """Resample one (H, W) field smoothly."""
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def blur(colour: Field, radius: float) -> Field:
    """Soften an (H, W, 3) picture by about ``radius`` pixels, at the cost of a small one."""
    height, width = colour.shape[:2]
    small = max(2, round(width / max(1.0, radius))), max(2, round(height / max(1.0, radius)))
    planes = []
    for channel in range(3):
        image = Image.fromarray(np.ascontiguousarray(colour[..., channel]))
        coarse = image.resize(small, Image.Resampling.BOX)
        planes.append(np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)))
    return np.stack(planes, axis=-1).astype(np.float32, copy=False)


def _mirrored(index: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    folded = np.mod(index, 2 * size)
    back: NDArray[np.int32] = np.minimum(folded, 2 * size - 1 - folded)
    return back


class Canvas:
    """A picture's grid: ``y`` runs 0..1 downwards, ``x`` 0..aspect, so that circles stay round."""

    def __init__(
        self, width: int, height: int, rng: np.random.Generator, beat: Callable[[], None]
    ) -> None:
        self.width, self.height, self.rng, self.beat = width, height, rng, beat
        self.aspect = width / height
        self.y: Field = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        self.x: Field = ((np.arange(width, dtype=np.float32) + 0.5) / height)[None, :]

    def full(self, colour: Field) -> Field:
        """Spread one colour over the whole picture."""
        return np.broadcast_to(colour, (self.height, self.width, 3)).astype(np.float32)

    def noise(self, cells: float, octaves: int = 5, stretch: float = 1.0) -> Field:
        """Sum octaves of smooth value noise to 0..1, ``cells`` to the picture's height.

        ``stretch`` makes the shapes that many times wider than high.
        """
        total = np.zeros((self.height, self.width), dtype=np.float32)
        amplitude, sum_amplitudes = 1.0, 0.0
        for octave in range(octaves):
            self.beat()
            rows = cells * 2**octave
            columns = rows * self.aspect / stretch
            if octave and rows > self.height / 2:
                break
            lattice = self.rng.random((int(rows) + 4, int(columns) + 4), dtype=np.float32)
            dx, dy = self.rng.random(2)
            total += amplitude * np.asarray(
                Image.fromarray(lattice).resize(
                    (self.width, self.height),
                    Image.Resampling.BICUBIC,
                    box=(1 + dx, 1 + dy, 1 + dx + columns, 1 + dy + rows),
                )
            )
            sum_amplitudes += amplitude
            amplitude *= 0.5
        total /= sum_amplitudes
        return clamped((total - 0.5) * 1.5 + 0.5)

    def profile(self, cells: float, octaves: int = 5) -> Field:
        """Noise along x only, 0..1, shape (1, W)."""
        line = Canvas(self.width, 1, self.rng, self.beat)
        total = np.zeros((1, self.width), dtype=np.float32)
        amplitude, sum_amplitudes = 1.0, 0.0
        for octave in range(octaves):
            columns = cells * self.aspect * 2**octave
            knots = self.rng.random((1, int(columns) + 3), dtype=np.float32)
            total += amplitude * resize(np.repeat(knots, 3, axis=0), line.width, 3)[1:2]
            sum_amplitudes += amplitude
            amplitude *= 0.5
        return total / sum_amplitudes

    def sample(self, field: Field, x: Field, y: Field) -> Field:
        """Look ``field`` up at picture coordinates; past an edge it is mirrored."""
        self.beat()
        rows = _mirrored((y * self.height).astype(np.int32), self.height)
        columns = _mirrored((x * self.height).astype(np.int32), self.width)
        flat = field.reshape(self.height * self.width, -1)
        found = flat.take((rows * self.width + columns).ravel(), axis=0)
        return found.reshape((self.height, self.width, *field.shape[2:]))

    def warped(self, field: Field, amount: float, cells: float = 2.0) -> Field:
        """Bend a field by two more noises, up to ``amount`` picture heights."""
        dx = self.noise(cells, 3) - 0.5
        dy = self.noise(cells, 3) - 0.5
        return self.sample(field, self.x + dx * (2 * amount), self.y + dy * (2 * amount))

    def texture(self, u: Field, v: Field, octaves: int = 4) -> Field:
        """Noise 0..1 at any coordinates; it repeats every 64 units."""
        total = np.zeros(np.broadcast(u, v).shape, dtype=np.float32)
        for octave in range(octaves):
            self.beat()
            tile = self.rng.random((64, 64), dtype=np.float32)
            smooth = np.pad(tile, 2, mode="wrap")
            fine = resize(smooth, 68 * 8, 68 * 8)[16:-16, 16:-16].ravel()
            scale = 8 * 2**octave
            rows = (v * scale).astype(np.int32) & 511
            columns = (u * scale).astype(np.int32) & 511
            total += fine.take(rows * 512 + columns) * 0.5**octave
        return clamped(total / (2 - 0.5 ** (octaves - 1)))
