"""Voice profiles that a user hands in: `.npy` files that hold numbers and nothing else. Pure.

A pickle in an .npy file runs code when it is loaded; so the header is read by hand, and only plain
numbers of exactly the announced size pass (https://numpy.org/doc/stable/reference/generated/
numpy.lib.format.html).
"""

import ast
import math
import re
from typing import Any

from firepod.domain.errors import InvalidArgument

MAX_BYTES = 8 * 1024 * 1024
MAX_HEADER_BYTES = 4096
MAGIC = b"\x93NUMPY"
_NUMBERS = re.compile(r"[<>|=]?[fiuc](1|2|4|8|16)")


def check(data: bytes, field: str = "profile_base64") -> None:
    """Whether bytes are a voice profile.

    Raises:
        InvalidArgument: they are not; says why.
    """
    if len(data) > MAX_BYTES:
        raise InvalidArgument.of(field, f"is larger than {MAX_BYTES // 1024**2} MiB")
    if not data.startswith(MAGIC):
        raise InvalidArgument.of(field, "is not an .npy file")
    start, header = _header(data, field)
    descr, shape = header.get("descr"), header.get("shape")
    if not isinstance(descr, str) or not _NUMBERS.fullmatch(descr):
        raise InvalidArgument.of(field, "must hold plain numbers; objects are not accepted")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise InvalidArgument.of(field, "has a broken header")
    size = int(descr.lstrip("<>|=")[1:]) * math.prod(shape)
    if size == 0 or len(data) - start != size:
        raise InvalidArgument.of(field, "does not hold what its header says; send the whole file")


def _header(data: bytes, field: str) -> tuple[int, dict[str, Any]]:
    """Where the numbers begin, and the header."""
    broken = InvalidArgument.of(field, "has a broken header")
    width = {1: 2, 2: 4, 3: 4}.get(data[6] if len(data) > 6 else 0)
    if width is None:
        raise broken
    start = 8 + width
    end = start + int.from_bytes(data[8:start], "little")
    if end > len(data) or end - start > MAX_HEADER_BYTES:
        raise broken
    try:
        header = ast.literal_eval(data[start:end].decode("utf-8").strip())
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise broken from None
    if not isinstance(header, dict):
        raise broken
    return end, header
