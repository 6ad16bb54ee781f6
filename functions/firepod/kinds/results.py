"""What a worker hands back, and what the document says of it (docs/contract.md, 3 and 5).

Pure. Bytes come out only if they are the media that was asked for; names and URLs that a worker
reports are never used.
"""

from collections.abc import Sequence
from typing import Any

from firepod.domain.generation import Generation, Output
from firepod.kinds import media_kinds, registry
from firepod.kinds.task import Task
from firepod.protocol import base64_text


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


def describe(generation: Generation, urls: Sequence[str]) -> dict[str, Any]:
    """`generation_data` of a completed generation, without `files`; `urls` in their order."""
    return registry.task_of(generation).describe(generation.request_data, urls)


def _decode(text: Any) -> bytes:
    if not isinstance(text, str):
        raise OutputInvalid
    try:
        return base64_text.decode(text)
    except base64_text.NotBase64 as error:
        raise OutputInvalid from error
