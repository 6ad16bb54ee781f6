"""Videos: `text2video`, `img2video`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from firepod.domain.generation import GenerationRef, MediaType, Output
from firepod.kinds import paths
from firepod.kinds.fields import DIFFUSION, GUIDANCE, PROMPT, START_IMAGE, Field, pixels
from firepod.kinds.task import Kind, Sizes, Task
from firepod.kinds.units import count, diffusion


def _folder(ref: GenerationRef) -> str:
    """Shared with the user's other videos."""
    return f"generating/{ref.user_id}/video/"


def _file_uid(_request: Mapping[str, Any], _now: datetime, entropy: str) -> str:
    return paths.uuid(entropy)


def _outputs(ref: GenerationRef, _request: Mapping[str, Any], _now: datetime) -> tuple[Output, ...]:
    return (Output(f"{_folder(ref)}{ref.file_uid}.mp4", "video/mp4"),)


def _describe(request: Mapping[str, Any], urls: Sequence[str]) -> dict[str, Any]:
    kept = {name: request[name] for name in ("fps", "num_frames", "seed") if name in request}
    return {"video_url": urls[0], **kept}


def _links(urls: Sequence[str]) -> dict[str, Any]:
    return {"video_url": urls[0]}


def _pack(texts: Sequence[str]) -> dict[str, Any]:
    return {"video": texts[0]}


def _read(answer: Mapping[str, Any]) -> list[Any]:
    return [answer.get("video") or answer.get("video_url")]


def _units(request: Mapping[str, Any]) -> int:
    drawn = count(request, "video_width", 832) * count(request, "video_height", 480)
    return diffusion(request, drawn * count(request, "num_frames", 49))


KIND = Kind(media_type=MediaType.VIDEOS, folder=_folder, file_uid=_file_uid)
_GUIDANCE = replace(GUIDANCE, aliases=(*GUIDANCE.aliases, "video_guidance_scale"))
_VIDEO = (
    pixels("video_width", "Width", 832, "width"),
    pixels("video_height", "Height", 480, "height"),
    Field(name="num_frames", label="Frames", kind="integer", default=49, low=1, high=257),
    Field(name="fps", label="FPS", kind="integer", default=15, low=1, high=60),
    *(_GUIDANCE if one is GUIDANCE else one for one in DIFFUSION),
)

TEXT2VIDEO = Task(
    name="text2video",
    kind=KIND,
    model="TextToVideo",
    makes="A video from words.",
    label="Text to video",
    verb="Generate video",
    fields=(PROMPT, *_VIDEO),
    outputs=_outputs,
    describe=_describe,
    links=_links,
    pack=_pack,
    read=_read,
    units=_units,
    usual_seconds=240,
    largest_bytes={"video/mp4": 1_000_000_000},
    sizes=Sizes(
        names=("video_width", "video_height"),
        choices=(
            ("Small", 512, 288),
            ("Wide", 832, 480),
            ("Tall", 480, 832),
            ("Square", 640, 640),
        ),
    ),
)
IMG2VIDEO = replace(
    TEXT2VIDEO,
    name="img2video",
    model="ImageToVideo",
    makes="A video that begins with a picture of the caller's.",
    label="Picture to video",
    fields=(START_IMAGE, PROMPT, *_VIDEO),
)
TASKS = (
    TEXT2VIDEO,
    IMG2VIDEO,
)
