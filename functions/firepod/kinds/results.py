"""What a worker hands back, and what the document says of it (docs/contract.md, 3 and 5).

Pure. Bytes come out only if they are the media that was asked for; names and URLs that a worker
reports are never used.
"""

from collections.abc import Sequence
from typing import Any

from firepod.domain.generation import Generation, MediaType, Output
from firepod.kinds import media_kinds
from firepod.protocol import base64_text


class OutputMissing(Exception):
    """The answer holds no media at all."""


class OutputInvalid(Exception):
    """The answer holds something, but not the media that were asked for."""


def read_media(output: Any, outputs: Sequence[Output], media_type: MediaType) -> list[bytes]:
    """The files of a base64 answer, in the order of `outputs`.

    Raises:
        OutputMissing: it holds none.
        OutputInvalid: it holds something else, or another number of them.
    """
    if not isinstance(output, dict):
        raise OutputMissing if output is None else OutputInvalid
    texts = [text for text in _texts(output, media_type) if text]
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
    request = generation.request_data
    match generation.media_type:
        case MediaType.IMAGES:
            return {"image_urls": list(urls), "image_url": urls[0], "seed": request["seed"]}
        case MediaType.VIDEOS:
            return {
                "video_url": urls[0],
                "fps": request["fps"],
                "num_frames": request["num_frames"],
                "seed": request["seed"],
            }
        case MediaType.VOICES:
            return {"sample_url": urls[0], "profile_url": urls[1]}
        case MediaType.TTS:
            return {"tts_url": urls[0], "voice_id": request["voice_id"]}


def _texts(output: dict[str, Any], media_type: MediaType) -> list[Any]:
    match media_type:
        case MediaType.IMAGES:
            images = output.get("images", output.get("image_url"))
            return images if isinstance(images, list) else [images]
        case MediaType.VIDEOS:
            return [output.get("video") or output.get("video_url")]
        case MediaType.VOICES:
            return [output.get("audio_base64"), output.get("profile_base64")]
        case MediaType.TTS:
            return [output.get("audio_base64")]


def _decode(text: Any) -> bytes:
    if not isinstance(text, str):
        raise OutputInvalid
    try:
        return base64_text.decode(text)
    except base64_text.NotBase64 as error:
        raise OutputInvalid from error
