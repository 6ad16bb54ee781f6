"""Reads the pictures that a user gives: the one to start from, and the mask of it."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from worker.engines.interface import EngineError

MAX_PIXELS = 64_000_000
"""Refuses pictures that are small as files and enormous in memory."""
BLACK, WHITE = 8, 247
"""Beyond these a level of a mask counts as pure: JPEG never stores pure ones."""

_FORMATS = ("PNG", "JPEG", "WEBP")
_SUGGESTION = "Use a PNG, JPEG or WebP picture."
_ORIENTATION, _LYING = 0x0112, {5, 6, 7, 8}
"""Exif's tag, and its values for pictures that lie on their side."""


def start_picture(path: Path, width: int, height: int) -> Image.Image:
    """Load a picture upright, without transparency, cropped and scaled to the size, as RGB."""
    upright = _upright(path, "start image", width, height)
    flat = Image.new("RGBA", upright.size, "white")
    flat.alpha_composite(upright)
    return ImageOps.fit(flat.convert("RGB"), (width, height), Image.Resampling.LANCZOS)


def mask_of(path: Path, picture: Path, width: int, height: int) -> NDArray[np.float32]:
    """How much of each place is painted anew, (height, width), 0..1; exactly 0 where it is black.

    The mask lies over the whole of ``picture``, whatever sizes both have, and is cropped and scaled
    as that is. Colours count by their brightness; what is transparent stays.
    """
    upright = _upright(path, "mask", width, height)
    flat = Image.new("RGBA", upright.size, "black")
    flat.alpha_composite(upright)
    left, top = _cropped(picture, width / height)
    box = (left * flat.width, top * flat.height, (1 - left) * flat.width, (1 - top) * flat.height)
    fitted = flat.convert("L").resize((width, height), Image.Resampling.BILINEAR, box)
    level = np.asarray(fitted, dtype=np.float32)
    wanted = np.clip((level - BLACK) / (WHITE - BLACK), 0, 1).astype(np.float32)
    if not wanted.any():
        raise EngineError("The mask is black everywhere. Paint white in it what is to change.")
    return wanted


def _upright(path: Path, words: str, width: int, height: int) -> Image.Image:
    """Load a picture as RGBA, at least of the size that is named if it has it.

    Raises ``EngineError``, which calls the picture by ``words``.
    """
    most = f"use one of at most {MAX_PIXELS // 1_000_000} megapixels."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked below
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    size = f"{image.width}x{image.height}"
                    raise EngineError(f"The {words} is too large ({size}); {most}")
                # lets the JPEG decoder scale down by itself; other formats ignore it
                image.draft("RGB", (width, height))
                return ImageOps.exif_transpose(image).convert("RGBA")
    except UnidentifiedImageError:
        raise EngineError(f"The {words} could not be read. {_SUGGESTION}") from None
    except Image.DecompressionBombError:
        raise EngineError(f"The {words} is too large; {most}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise EngineError(f"The {words} is damaged and could not be read. {_SUGGESTION}") from error


def _cropped(picture: Path, aspect: float) -> tuple[float, float]:
    """The share of a picture that is lost at its left and right, and at its top and bottom."""
    with Image.open(picture) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in _LYING
        shape = image.height / image.width if turned else image.width / image.height
    return max(0.0, (1 - aspect / shape) / 2), max(0.0, (1 - shape / aspect) / 2)
