"""What a worker hands back, and what the document says of it (docs/contract.md, 3 and 5).

Pure. Bytes come out only if they are the media that was asked for; names and URLs that a worker
reports are never used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from firepod.domain import thumbs
from firepod.domain.generation import ErrorCode, Generation, Output, StoredFile
from firepod.kinds import media_kinds, registry
from firepod.kinds.task import Task
from firepod.protocol import base64_text
from firepod.protocol.dialects.values import Dialect, Failure, Link, Media, Told
from firepod.protocol.facts import MAX_FILES, NOTHING, Facts

INVALID = Failure(ErrorCode.OUTPUT_INVALID)


class Unusable(Exception):
    """The answer does not hold the media that were asked for; why not."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.code))
        self.failure = failure


def read_media(
    speaks: Dialect, output: Any, outputs: Sequence[Output], task: Task
) -> list[bytes | Link]:
    """The files of an answer in the order of the outputs; a link is still to be fetched.

    Raises:
        Unusable: it holds none, something else, or another number of them.
    """
    made = speaks.read(Told(output, task.name, task.read))
    if isinstance(made, Failure):
        raise Unusable(made)
    if len(made.media) != len(outputs):
        raise Unusable(INVALID)
    return [_file(one, output) for one, output in zip(made.media, outputs, strict=True)]


def cost_usd(speaks: Dialect, output: Any, task: Task) -> float | None:
    """What a run has cost, where its answer says so."""
    made = speaks.read(Told(output, task.name, task.read))
    return None if isinstance(made, Failure) else made.cost_usd


def _file(media: Media, output: Output) -> bytes | Link:
    if isinstance(media, Link):
        return media
    data = _decode(media.text)
    if not media_kinds.matches(output.content_type, data[: media_kinds.SNIFF_BYTES]):
        raise Unusable(INVALID)
    return data


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
        raise Unusable(INVALID)
    try:
        return base64_text.decode(text)
    except base64_text.NotBase64 as error:
        raise Unusable(INVALID) from error
