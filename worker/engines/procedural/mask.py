"""Reads the mask of a picture: what of it is painted anew."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from worker.engines.interface import EngineError
from worker.engines.procedural.canvas import Field, smoothstep
from worker.engines.procedural.start_image import read_upright

BLACK, WHITE = 8, 247
"""Beyond these a level counts as pure: JPEG never stores pure ones."""

_ORIENTATION, _LYING = 0x0112, {5, 6, 7, 8}
"""Exif's tag, and its values for pictures that lie on their side."""
_THIN = 0.3
"""How much of the paint a stroke gets that is all edge."""


def read_mask(path: Path, picture: Path, width: int, height: int) -> Field:
    """How much of each place is painted anew, (height, width), 0..1; exactly 0 where it is black.

    The mask lies over the whole of ``picture``, whatever sizes both have, and is cropped and scaled
    as that is. Colours count by their brightness; what is transparent stays.
    """
    upright = read_upright(path, "mask", width, height)
    flat = Image.new("RGBA", upright.size, "black")
    flat.alpha_composite(upright)
    left, top = _cropped(picture, width / height)
    box = (left * flat.width, top * flat.height, (1 - left) * flat.width, (1 - top) * flat.height)
    fitted = flat.convert("L").resize((width, height), Image.Resampling.BILINEAR, box)
    level = np.asarray(fitted, dtype=np.float32)
    wanted = np.clip((level - BLACK) / (WHITE - BLACK), 0, 1)
    if not wanted.any():
        raise EngineError("The mask is black everywhere. Paint white in it what is to change.")
    return wanted * (_THIN + (1 - _THIN) * smoothstep(0.5, 1.0, _around(wanted)))


def _cropped(picture: Path, aspect: float) -> tuple[float, float]:
    """The share of a picture that is lost at its left and right, and at its top and bottom."""
    with Image.open(picture) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in _LYING
        shape = image.height / image.width if turned else image.width / image.height
    return max(0.0, (1 - aspect / shape) / 2), max(0.0, (1 - shape / aspect) / 2)


def _around(wanted: Field) -> Field:
    """How much of a place's surroundings is painted anew, too: 0.5 at a straight edge."""
    radius = max(2, min(wanted.shape) // 64)
    there = Image.fromarray(((wanted > 0) * 255).astype(np.uint8))
    blurred = there.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(blurred, dtype=np.float32) / 255
