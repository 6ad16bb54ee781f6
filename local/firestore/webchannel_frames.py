"""WebChannel on the wire: frames to the browser, form bodies from it.

The protocol is that of Closure's `goog.labs.net.webChannel`, version 8, as the Firebase JS SDK
speaks it: https://github.com/google/closure-library/tree/master/closure/goog/labs/net/webchannel
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

_MAX_FIELDS = 10_000


class BadForm(Exception):
    """The body of a forward request is not what a WebChannel client sends."""


@dataclass(frozen=True)
class ForwardForm:
    """The messages of one forward request.

    `offset` is the index in the session of the first message; `headers` are those that the
    client hid in the body of its handshake, with lower-case names.
    """

    offset: int
    messages: tuple[dict[str, Any], ...]
    headers: Mapping[str, str]


def frame(value: Sequence[Any]) -> bytes:
    """Frame one JSON array: its length, a line feed, the array.

    Clients count the length in UTF-16 code units; escaped to ASCII it is that of the bytes.
    """
    text = json.dumps(value, separators=(",", ":")).encode("ascii")
    return b"%d\n%s" % (len(text), text)


def parse_form(body: bytes) -> ForwardForm:
    """Read `headers=...&count=n&ofs=i&req0___data__=...`; raises BadForm."""
    try:
        text = body.decode("utf-8")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        count = int(fields.get("count") or 0)
        offset = int(fields.get("ofs") or 0)
        messages = tuple(json.loads(fields[f"req{index}___data__"]) for index in range(count))
    except KeyError as error:
        raise BadForm(f"The form announces {error.args[0]} but lacks it.") from error
    except (ValueError, RecursionError) as error:
        raise BadForm(f"The form cannot be read: {error}") from error
    if offset < 0 or not all(isinstance(message, dict) for message in messages):
        raise BadForm("Messages must be JSON objects, numbered from zero on.")
    return ForwardForm(offset, messages, parse_headers(fields.get("headers", "")))


def parse_headers(block: str) -> dict[str, str]:
    r"""Read a header block, `Name:Value\r\n` a line, into lower-case names."""
    headers: dict[str, str] = {}
    for line in block.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers
