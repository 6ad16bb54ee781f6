"""Reads the pictures that a user starts from."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from worker.engines.interface import EngineError
from worker.engines.procedural.canvas import Field

MAX_PIXELS = 64_000_000
"""Refuses pictures that are small as files and enormous in memory."""

_FORMATS = ("PNG", "JPEG", "WEBP")
_SUGGESTION = "Use a PNG, JPEG or WebP picture."


def read_start_image(path: Path, width: int, height: int) -> Field:
    """Load a picture upright, without transparency, cropped and scaled to (height, width, 3)."""
    upright = read_upright(path, "start image", width, height)
    flat = Image.new("RGBA", upright.size, "white")
    flat.alpha_composite(upright)
    fitted = ImageOps.fit(flat.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted, dtype=np.float32) / 255


def read_upright(path: Path, words: str, width: int, height: int) -> Image.Image:
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
