"""What a file is called when somebody saves it: a few words of what was asked for. Pure.

The object's own name stays as it is; this one stands in `Content-Disposition`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from firepod.domain.generation import Output

MAX_WORDS = 8
MAX_CHARS = 60
_TITLES = ("prompt", "text", "name")  # fields whose words say what it is


def named(outputs: Sequence[Output], request: Mapping[str, Any]) -> list[Output]:
    """Each output with its readable name; several of one kind are counted from 1."""
    title = _title(request)
    if not title:
        return list(outputs)
    found = []
    for output in outputs:
        ending = PurePosixPath(output.path).suffix
        alike = [one for one in outputs if one.path.endswith(ending)]
        number = f" {alike.index(output) + 1}" if len(alike) > 1 else ""
        found.append(replace(output, name=f"{title}{number}{ending}"))
    return found


def disposition(output: Output) -> str:
    """The header's value: shown in the browser, saved under a name that holds nothing but words.

    https://www.rfc-editor.org/rfc/rfc6266#section-4.3
    """
    if not output.name:
        return "inline"
    plain = unicodedata.normalize("NFKD", output.name).encode("ascii", "ignore").decode()
    plain = " ".join(re.sub(r"[^A-Za-z0-9._ -]", " ", plain).split())
    if not re.match(r"[A-Za-z0-9]", plain):
        plain = PurePosixPath(output.path).name
    if plain == output.name:
        return f'inline; filename="{plain}"'
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(output.name, safe='')}"


def _title(request: Mapping[str, Any]) -> str:
    texts = [request.get(field) for field in _TITLES]
    text = next((one for one in texts if isinstance(one, str) and one.strip()), "")
    # Words of letters and digits only: nothing that ends a header or turns a line around.
    words = re.findall(r"\w+", text[: 8 * MAX_CHARS].encode("utf-8", "ignore").decode())
    title = ""
    for word in words[:MAX_WORDS]:
        longer = f"{title} {word}".strip()
        if title and len(longer) > MAX_CHARS:
            break
        title = longer[:MAX_CHARS]
    return title
