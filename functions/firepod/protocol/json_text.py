"""JSON from outside, bounded before it is parsed. Pure."""

import json
from typing import Any, NoReturn

# Three characters of a body become an object of 64 bytes or more: without this bound a megabyte
# would take twenty. A text of 50,000 characters may be all commas.
MOST_PARTS = 100_000


class NotJson(ValueError):
    """Not JSON, or more of it than anybody has to say; nothing of it is in the message."""


def parse(data: bytes | bytearray, *, constants: bool = True) -> Any:
    """The value of a JSON text in UTF-8; `constants` takes NaN and the infinities, too.

    A bytearray is emptied: of a large body there is never one copy more than it takes.

    Raises:
        NotJson: it is none, is nested too deeply, or has too many parts.
    """
    # Counted in the bytes: whatever is in strings counts as well, and nothing is made for it.
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > MOST_PARTS:
        raise NotJson
    try:
        text = data.decode("utf-8-sig")
        if isinstance(data, bytearray):
            data.clear()
        return json.loads(text, parse_constant=None if constants else _refuse)
    except (ValueError, RecursionError):
        raise NotJson from None


def _refuse(_constant: str) -> NoReturn:
    raise NotJson
