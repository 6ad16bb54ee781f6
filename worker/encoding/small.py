"""Writes a picture as a WebP of few bytes: thumbs, and previews of what is still being made."""

import io

from PIL import Image

from firepod.protocol import previews

PREVIEW_SIDE = 192
_QUALITIES = (80, 60, 40, 20)


def small_webp(picture: Image.Image, limit: int, qualities: tuple[int, ...] = _QUALITIES) -> bytes:
    """As good as so many bytes allow; noise, which nothing packs, gets smaller."""
    while True:
        for quality in qualities:
            written = io.BytesIO()
            picture.save(written, "WEBP", quality=quality, method=4)
            if written.tell() <= limit:
                return written.getvalue()
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))


def preview(picture: Image.Image) -> bytes:
    """What an engine may hand to ``step``: how its picture looks so far."""
    small = picture.resize(_within(picture.size), Image.Resampling.BOX).convert("RGB")
    small.info.clear()  # with a colour profile it would be another kind of WebP
    return small_webp(small, previews.MAX_BYTES, _QUALITIES[1:])


def _within(size: tuple[int, int]) -> tuple[int, int]:
    share = min(1.0, PREVIEW_SIDE / max(size))
    width, height = (max(1, round(side * share)) for side in size)
    return width, height
