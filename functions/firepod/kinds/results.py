"""What a worker hands back, and what the document says of it (docs/contract.md, 3 and 5).

Pure. Bytes come out only if they are the media that was asked for; names and URLs that a worker
reports are never used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from firepod.domain import thumbs
from firepod.domain.generation import Generation, Output, StoredFile
from firepod.kinds import media_kinds, registry
from firepod.kinds.task import Task
from firepod.protocol import base64_text
from firepod.protocol.facts import MAX_FILES, NOTHING, Facts


class OutputMissing(Exception):
    """The answer holds no media at all."""


class OutputInvalid(Exception):
    """The answer holds something, but not the media that were asked for."""


def read_media(output: Any, outputs: Sequence[Output], task: Task) -> list[bytes]:
    """The files of a base64 answer, in the order of `outputs`.

    Raises:
        OutputMissing: it holds none.
        OutputInvalid: it holds something else, or another number of them.
    """
    if not isinstance(output, dict):
        raise OutputMissing if output is None else OutputInvalid
    texts = [text for text in task.read(output) if text]
    if not texts:
        raise OutputMissing
    if len(texts) != len(outputs):
        raise OutputInvalid
    files = [_decode(text) for text in texts]
    for data, one in zip(files, outputs, strict=True):
        if not media_kinds.matches(one.content_type, data[: media_kinds.SNIFF_BYTES]):
            raise OutputInvalid
    return files


def read_thumbs(output: Any) -> list[bytes]:
    """The thumbs of a base64 answer, in the order of its files; b"" for what is none."""
    told = output.get("outputs") if isinstance(output, dict) else None
    if not isinstance(told, list) or len(told) > MAX_FILES:
        return []
    return [_thumb(one.get("thumb_base64")) if isinstance(one, dict) else b"" for one in told]


def _thumb(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > 2 * thumbs.MAX_BYTES:
        return b""
    try:
        data = base64_text.decode(text)
    except base64_text.NotBase64:
        return b""
    head = data[: media_kinds.SNIFF_BYTES]
    right = media_kinds.sniff(head) == thumbs.CONTENT_TYPE and len(data) <= thumbs.MAX_BYTES
    return data if right else b""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it is shown to its owner; URLs may hold tokens."""

    file: StoredFile
    url: str = field(repr=False)
    facts: Facts = NOTHING
    thumb_url: str = field(default="", repr=False)

    def listed(self) -> dict[str, Any]:
        """The entry of `generation_data.outputs`, of one shape for all media."""
        thumb = {"thumb_url": self.thumb_url} if self.thumb_url else {}
        known = self.facts.fitting(self.file.content_type).known()
        return {"url": self.url, **self.file.listed(), **known, **thumb}


def describe(generation: Generation, shown: Sequence[Shown]) -> dict[str, Any]:
    """`generation_data` of a completed generation, without `files`; its files in their order."""
    task, urls = registry.task_of(generation), [one.url for one in shown]
    outputs = [one.listed() for one in shown]
    return {**task.describe(generation.request_data, urls), "outputs": outputs}


def _decode(text: Any) -> bytes:
    if not isinstance(text, str):
        raise OutputInvalid
    try:
        return base64_text.decode(text)
    except base64_text.NotBase64 as error:
        raise OutputInvalid from error
