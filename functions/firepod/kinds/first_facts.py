"""What the first bytes of a file tell of it: sizes of PNG and WebP, the length of a WAV. Pure.

They are the bytes that are read anyway to see what a file is. What they do not tell (JPEG, MP4,
MP3 and Ogg) only a worker can say.
"""

import struct

from firepod.protocol.facts import Facts, seconds, side

_WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def of_head(content_type: str, head: bytes, size_bytes: int) -> Facts:
    """The facts in the first SNIFF_BYTES bytes of a file of this size; none of a short one."""
    try:
        match content_type:
            case "image/png":
                return _sides(*struct.unpack_from(">II", head, 16)) if _is_png(head) else Facts()
            case "image/webp":
                return _webp(head)
            case "audio/wav":
                return _wav(head, size_bytes)
    except struct.error:
        pass
    return Facts()


def _is_png(head: bytes) -> bool:
    return head[12:16] == b"IHDR"


def _webp(head: bytes) -> Facts:
    """https://developers.google.com/speed/webp/docs/riff_container."""
    match head[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
            return _sides(width, height)
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", head, 26)
            return _sides(width & 0x3FFF, height & 0x3FFF)
        case b"VP8L" if head[20:21] == b"\x2f":
            (bits,) = struct.unpack_from("<I", head, 21)
            return _sides((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return Facts()


def _sides(width: int, height: int) -> Facts:
    """In their range, or not there: a header may say anything."""
    return Facts(side(width), side(height))


def _wav(head: bytes, size_bytes: int) -> Facts:
    """The plain header that engines write; others are the worker's to tell."""
    _, _, _, fmt, _, _, _, _, rate, _, _, name, length = _WAV_HEADER.unpack_from(head)
    if (fmt, name) != (b"fmt ", b"data") or not rate:
        return Facts()
    held = min(length, max(0, size_bytes - _WAV_HEADER.size))
    return Facts(duration_seconds=seconds(held / rate))
