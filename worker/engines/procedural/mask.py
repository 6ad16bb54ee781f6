"""Reads the mask of a picture: what of it is painted anew."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from worker.engines.given import mask_of
from worker.engines.procedural.canvas import Field, smoothstep

_THIN = 0.3
"""How much of the paint a stroke gets that is all edge."""


def read_mask(path: Path, picture: Path, width: int, height: int) -> Field:
    """How much of each place is painted anew, as ``mask_of`` tells it, with a soft inner edge."""
    wanted = mask_of(path, picture, width, height)
    return wanted * (_THIN + (1 - _THIN) * smoothstep(0.5, 1.0, _around(wanted)))


def _around(wanted: Field) -> Field:
    """How much of a place's surroundings is painted anew, too: 0.5 at a straight edge."""
    radius = max(2, min(wanted.shape) // 64)
    there = Image.fromarray(((wanted > 0) * 255).astype(np.uint8))
    blurred = there.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(blurred, dtype=np.float32) / 255
