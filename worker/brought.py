"""Files that a direct request brings itself: as base64, as a `data:` URL, or by an https URL.

For an input `audio` that is `audio_base64`, `audio_url`, or a URL in `audio`; speech takes its
voice's profile as `profile_base64` or `profile_url`. What is brought is taken out of the fields, so
that neither a document nor an engine's request ever holds it.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from firepod.domain.errors import InvalidArgument
from firepod.kinds import media_kinds, profiles, recordings
from firepod.kinds.fields import LARGEST_FILE, MAX_FILE_BYTES, SOUND, Field
from firepod.kinds.task import Input
from firepod.kinds.task import Task as Entry
from firepod.protocol import base64_text

MAX_URL_CHARS = 4096
SENT = "data:"  # what a request's field holds in place of a file that came with it
_URLS = ("data:", "https://", "http://")
_ENDS = ("_base64", "_url")


class BadInput(Exception):
    """What was brought cannot be used; the message is a sentence for who brought it."""


@dataclass(frozen=True, slots=True)
class Brought:
    """An input that came with its request: the bytes, or where they are to be fetched."""

    data: bytes | None = field(default=None, repr=False)
    url: str = field(default="", repr=False)

    @property
    def named(self) -> str:
        """What stands for it where requests are kept: a URL's query may open a door."""
        parts = urlsplit(self.url)
        return f"https://{parts.hostname}{parts.path}"[:1024] if self.url else SENT


def spellings(one: Field) -> set[str]:
    """Every name by which a direct request may give a field."""
    names = {one.name, *one.aliases}
    if one.kind == "file":
        return names | {f"{name}{end}" for name in names for end in _ENDS if name[-4:] != "_url"}
    if one.kind == "voice":
        return names | {f"profile{end}" for end in _ENDS}
    return names


def taken(entry: Entry, fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Brought]]:
    """The fields without the files that they bring, and those by the name of their input.

    Raises:
        BadInput: a file comes twice, is too large, or is no base64.
    """
    left, found = dict(fields), {}
    for one in entry.inputs:
        given = {name: left.pop(name) for name in _carriers(one, left)}
        if len(given) > 1:
            raise BadInput(f"{' and '.join(given)} are the same file; send one of them.")
        for name, value in given.items():
            found[one.name] = _read(one, name, value)
            if one.field.kind == "file":
                left[one.field.name] = found[one.name].named
    return left, found


def check(wanted: Input, data: bytes) -> None:
    """Look at what was brought as the backend looks at what it is handed.

    Raises:
        BadInput: it is not what it should be.
    """
    if not data:
        raise BadInput(f"The {wanted.words} is empty.")
    kind = wanted.field.file
    try:
        if kind is None:
            profiles.check(data, wanted.name)
        elif kind is SOUND:
            recordings.check(data, wanted.name)
        elif not (media_kinds.sniff(data[: media_kinds.SNIFF_BYTES]) or "").startswith(
            kind.prefixes
        ):
            raise BadInput(f"The {wanted.words} is not a PNG, JPEG or WebP picture.")
    except InvalidArgument as error:
        raise BadInput(error.message) from error


def _carriers(wanted: Input, fields: dict[str, Any]) -> list[str]:
    """The names in a request under which this input comes as itself, and not as a path."""
    one = wanted.field
    plain = {one.name, *one.aliases}
    return sorted(
        name
        for name in spellings(one).intersection(fields)
        if name not in plain or (one.kind == "file" and _is_url(fields[name]))
    )


def _is_url(value: Any) -> bool:
    if not isinstance(value, str) or not value.startswith(_URLS):
        return False
    try:
        return value.startswith("data:") or bool(urlsplit(value).hostname)
    except ValueError:
        return False


def _read(wanted: Input, name: str, value: Any) -> Brought:
    if not isinstance(value, str) or not value:
        raise BadInput(f"{name} must be a text.")
    if not name.endswith("_base64") and not value.startswith("data:"):
        if not _is_url(value) or len(value) > MAX_URL_CHARS:
            raise BadInput(f"{name} must be an https URL or a data: URL.")
        return Brought(url=value)
    # Told from its length, before anything is made of it.
    if len(value) // 4 * 3 > MAX_FILE_BYTES + len(value) // base64_text.CHARACTERS_PER_SPACE:
        raise BadInput(f"The {wanted.words} is larger than {LARGEST_FILE}.")
    try:
        data = base64_text.decode(value)
    except base64_text.NotBase64 as error:
        raise BadInput(f"{name} is not base64.") from error
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"The {wanted.words} is larger than {LARGEST_FILE}.")
    check(wanted, data)
    return Brought(data=data)
