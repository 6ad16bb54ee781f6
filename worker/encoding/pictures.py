"""Writes a picture as PNG, WebP or JPEG; the same picture gives the same bytes."""

import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from worker.engines.interface import EngineError

_READ = ("PNG", "JPEG", "WEBP")
_WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "image/png": ("PNG", {"compress_level": 3}),
    "image/webp": ("WEBP", {"quality": 90, "method": 4}),
    "image/jpeg": ("JPEG", {"quality": 92, "optimize": True}),
}
_MODES = {
    "image/png": ("L", "LA", "RGB", "RGBA"),
    "image/webp": ("RGB", "RGBA"),
    "image/jpeg": ("L", "RGB"),
}
WEBP_SIDE = 16_383
"""The format's own limit."""


def write_picture(made: Path, written: Path, content_type: str) -> bool:
    """Write what is in ``made``; False if it is no picture.

    Colours keep their profile. Where JPEG has no transparency, white lies below. Nothing else that
    stood beside the pixels goes along, for engines write prompts there.
    """
    kind, options = _WRITTEN[content_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our engine's own
            with Image.open(made, formats=_READ) as opened:
                picture = _in_mode(ImageOps.exif_transpose(opened), _MODES[content_type])
                same = opened.mode.startswith("RGB") and picture.mode.startswith("RGB")
                profile = opened.info.get("icc_profile") if same else None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return False
    if kind == "WEBP" and max(picture.size) > WEBP_SIDE:
        raise EngineError(
            f"A WebP picture has at most {WEBP_SIDE} pixels to a side. Ask for png or jpeg."
        )
    picture.info.clear()
    picture.save(written, kind, icc_profile=profile, **options)
    return True


def _in_mode(picture: Image.Image, modes: tuple[str, ...]) -> Image.Image:
    clear = picture.has_transparency_data
    if picture.mode in modes and not (clear and picture.mode in {"L", "RGB"}):
        picture.load()
        return picture
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # 16 bits of grey: Pillow would cut off what is above 255
        picture = picture.point(lambda level: level / 257).convert("L")
        return picture if "L" in modes else picture.convert("RGB")
    if not clear:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    if "RGBA" in modes:
        return picture
    flat = Image.new("RGBA", picture.size, "white")
    flat.alpha_composite(picture)
    return flat.convert("RGB")
