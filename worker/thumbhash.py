"""ThumbHash: some 25 bytes that show what a picture looks like before it is there.

The algorithm is Evan Wallace's (https://evanw.github.io/thumbhash/): a few terms of the cosine
transform of lightness, of two colour differences and of transparency, four bits each. Written anew
with numpy, because what there is for Python takes a thousand times as long or has no keeper.
"""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_SIDE = 100  # the algorithm's own bound; more shows nothing

Plane = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Channel:
    """What is kept of a plane: its mean, its largest term, and its terms as 0..1 of that."""

    mean: float
    scale: float
    terms: Plane


def thumbhash(picture: Image.Image) -> str:
    """The ThumbHash of a picture, as base64."""
    small = picture.convert("RGBA")
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    return base64.b64encode(_hash(np.asarray(small, dtype=np.float64) / 255)).decode()


def _hash(pixels: Plane) -> bytes:
    height, width = pixels.shape[:2]
    colours, alpha = pixels[..., :3], pixels[..., 3]
    opaque = bool((alpha == 1).all())
    weight = alpha.sum()
    mean = (colours * alpha[..., None]).sum(axis=(0, 1)) / weight if weight else np.zeros(3)
    red, green, blue = np.moveaxis(mean + (colours - mean) * alpha[..., None], -1, 0)

    most = 7 if opaque else 5
    across = max(1, _round(most * width / max(width, height)))
    down = max(1, _round(most * height / max(width, height)))
    light = _channel((red + green + blue) / 3, max(3, across), max(3, down))
    yellow = _channel((red + green) / 2 - blue, 3, 3)
    rosy = _channel(red - green, 3, 3)
    clear = None if opaque else _channel(alpha, 5, 5)

    landscape = width > height
    head = _round(63 * light.mean)
    head |= _round(31.5 + 31.5 * yellow.mean) << 6
    head |= _round(31.5 + 31.5 * rosy.mean) << 12
    head |= _round(31 * light.scale) << 18
    head |= (clear is not None) << 23
    more = down if landscape else across
    more |= _round(63 * yellow.scale) << 3
    more |= _round(63 * rosy.scale) << 9
    more |= landscape << 15
    parts: bytes = head.to_bytes(3, "little") + more.to_bytes(2, "little")
    channels = [light, yellow, rosy]
    if clear is not None:
        parts += bytes([_round(15 * clear.mean) | _round(15 * clear.scale) << 4])
        channels.append(clear)
    nibbles = [_round(15 * term) for one in channels for term in one.terms]
    nibbles += [0] * (len(nibbles) % 2)
    pairs = zip(nibbles[::2], nibbles[1::2], strict=True)
    return parts + bytes(low | high << 4 for low, high in pairs)


def _channel(plane: Plane, across: int, down: int) -> _Channel:
    """The terms of the lower triangle of frequencies, row by row."""
    height, width = plane.shape
    found = _waves(down, height) @ plane @ _waves(across, width).T / plane.size
    kept = [
        found[y, x]
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y) and (x or y)
    ]
    terms = np.array(kept)
    scale = float(np.abs(terms).max(initial=0))
    return _Channel(float(found[0, 0]), scale, 0.5 + 0.5 / scale * terms if scale else terms)


def _waves(count: int, length: int) -> Plane:
    """A cosine in each row, sampled in the middle of each pixel."""
    places = np.arange(length) + 0.5
    waves: Plane = np.cos(np.pi / length * np.outer(np.arange(count), places))
    return waves


def _round(value: float) -> int:
    return int(np.floor(value + 0.5))  # halves upward, as every port of the algorithm does
