"""Pictures: `text2img`, `img2img`, `inpaint`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from firepod.domain.generation import GenerationRef, MediaType, Output
from firepod.kinds import formats, paths
from firepod.kinds.fields import DIFFUSION, PICTURE, PROMPT, START_IMAGE, Field, pixels
from firepod.kinds.task import Kind, Sizes, Task
from firepod.kinds.units import count, diffusion


def _folder(ref: GenerationRef) -> str:
    """Shared with the user's other pictures."""
    return f"generating/{ref.user_id}/image/"


def _file_uid(_request: Mapping[str, Any], _now: datetime, entropy: str) -> str:
    return paths.uuid(entropy)


def _outputs(ref: GenerationRef, request: Mapping[str, Any], _now: datetime) -> tuple[Output, ...]:
    number, uid = request.get("num_images", 1), ref.file_uid
    names = [uid] if number == 1 else [f"{uid}_{i}" for i in range(number)]
    made = formats.wanted(formats.PICTURES, request)
    return tuple(Output(f"{_folder(ref)}{name}.{made.ending}", made.content_type) for name in names)


def _describe(request: Mapping[str, Any], urls: Sequence[str]) -> dict[str, Any]:
    seed = {"seed": request["seed"]} if "seed" in request else {}
    listed = {"image_urls": list(urls), "images": list(urls)}
    return {**listed, "image_url": urls[0], **seed}


def _answer(texts: Sequence[str]) -> dict[str, Any]:
    return {"images": list(texts), "image_url": texts[0]}


def _read(answer: Mapping[str, Any]) -> list[Any]:
    images = answer.get("images", answer.get("image_url"))
    return images if isinstance(images, list) else [images]


def _units(request: Mapping[str, Any]) -> int:
    drawn = count(request, "width", 1024) * count(request, "height", 1024)
    return diffusion(request, drawn * count(request, "num_images", 1))


KIND = Kind(media_type=MediaType.IMAGES, folder=_folder, file_uid=_file_uid)
_PICTURE = (
    pixels("width", "Width", 1024),
    pixels("height", "Height", 1024),
    Field(
        name="num_images",
        label="Pictures",
        kind="integer",
        aliases=("num_images_per_prompt",),
        default=1,
        low=1,
        high=8,
    ),
    *DIFFUSION,
    Field(
        name="refiner_inference_steps",
        label="Refiner steps",
        kind="integer",
        hint="Used where the model has a refiner.",
        low=1,
        high=100,
        advanced=True,
    ),
    Field(
        name="high_noise_frac",
        label="Share before the refiner",
        kind="number",
        hint="Used where the model has a refiner: 0.8 leaves the last fifth to it.",
        low=0,
        high=1,
        advanced=True,
    ),
    formats.field(formats.PICTURES, "WebP and JPEG are smaller; JPEG has no transparency."),
)
_STRENGTH = Field(
    name="strength",
    label="Strength",
    kind="number",
    hint="0 keeps, 1 redraws",
    default=0.6,
    low=0,
    high=1,
)
_MASK = Field(
    name="mask_image",
    label="Mask",
    kind="file",
    aliases=("mask", "mask_url"),
    hint="A picture of the same shape: white is painted anew, black stays as it is.",
    required=True,
    file=PICTURE,
    words="mask",
    allowed="a picture in Storage, of the caller's (4): white is painted anew, black stays",
)
# What worker-sdxl's clients send with words alone, too.
_REFINER_STRENGTH = replace(
    _STRENGTH,
    label="Refiner strength",
    hint="Used where the model has a refiner.",
    default=None,
    advanced=True,
    allowed="0..1, of the refiner where the model has one (`text2img`)",
)

TEXT2IMG = Task(
    name="text2img",
    kind=KIND,
    model="TextToImage",
    makes="A picture from words.",
    label="Text to picture",
    verb="Generate picture",
    fields=(PROMPT, *_PICTURE, _REFINER_STRENGTH),
    outputs=_outputs,
    describe=_describe,
    links=_answer,
    pack=_answer,
    read=_read,
    units=_units,
    usual_seconds=60,
    largest_bytes={"image/png": 50_000_000, "image/webp": 25_000_000, "image/jpeg": 25_000_000},
    sizes=Sizes(
        names=("width", "height"),
        choices=(
            ("Small", 512, 512),
            ("Square", 1024, 1024),
            ("Portrait", 832, 1216),
            ("Landscape", 1216, 832),
        ),
    ),
)
IMG2IMG = replace(
    TEXT2IMG,
    name="img2img",
    model="ImageToImage",
    makes="A picture from a picture of the caller's and words.",
    label="Picture to picture",
    fields=(START_IMAGE, PROMPT, *_PICTURE, _STRENGTH),
)
INPAINT = replace(
    IMG2IMG,
    name="inpaint",
    model="Inpaint",
    makes="A picture of the caller's with a part of it painted anew.",
    label="Repaint a part",
    verb="Repaint",
    fields=(START_IMAGE, _MASK, PROMPT, *_PICTURE, _STRENGTH),
)
TASKS = (
    TEXT2IMG,
    IMG2IMG,
    INPAINT,
)
