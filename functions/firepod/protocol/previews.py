"""Previews: how a picture looks while it is made, as a `data:` URL in the document. Pure.

A worker that was taken over must not harm its user's browser through one. So it is a plain WebP,
of few bytes and few pixels, and what is anything else is no preview.
"""

import base64
import binascii
from typing import Any

MAX_BYTES = 8 * 1024  # it stands in a document that is written, and heard of, once a second
MAX_SIDE = 512  # few bytes can hold very many pixels of one colour
PREFIX = "data:image/webp;base64,"
_MAX_CHARS = len(PREFIX) + (MAX_BYTES + 2) // 3 * 4
# A RIFF file whose only part is one VP8 frame; the mark stands before its width and height.
# https://developers.google.com/speed/webp/docs/riff_container and RFC 6386, 9.1
_FRAME_MARK = b"\x9d\x01\x2a"
_SIDE_BITS = 0x3FFF


def data_url(webp: bytes) -> str | None:
    """The URL of a preview; None if the bytes are none."""
    return PREFIX + base64.b64encode(webp).decode() if _is_preview(webp) else None


def read(value: Any) -> str | None:
    """What a worker has sent, if it is a preview."""
    if not isinstance(value, str) or len(value) > _MAX_CHARS or not value.startswith(PREFIX):
        return None
    try:
        webp = binascii.a2b_base64(value[len(PREFIX) :], strict_mode=True)
    except ValueError:
        return None
    return value if _is_preview(webp) else None


def _is_preview(webp: bytes) -> bool:
    if not 30 <= len(webp) <= MAX_BYTES:
        return False
    whole = int.from_bytes(webp[4:8], "little") + 8 == len(webp)
    plain = webp[:4] == b"RIFF" and webp[8:16] == b"WEBPVP8 " and webp[23:26] == _FRAME_MARK
    sides = [int.from_bytes(webp[at : at + 2], "little") & _SIDE_BITS for at in (26, 28)]
    return whole and plain and all(1 <= side <= MAX_SIDE for side in sides)
