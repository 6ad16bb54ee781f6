"""What can be asked for: every task type with its fields, defaults and bounds.

The models validate, fill in defaults and feed the OpenAPI document of `api`.
"""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from firepod.domain.errors import FieldProblem, InvalidArgument
from firepod.domain.generation import MediaType

MAX_EXTRA_BYTES = 8 * 1024
MAX_SEED = 2**53 - 1  # the largest integer that JavaScript holds exactly
DRAWN_SEED_BITS = 32


def _storable(text: str) -> str:
    """Firestore and RunPod take Unicode text; half a surrogate pair is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode text") from None
    return text


def not_blank(text: str) -> str:
    """The text, if there is more to it than spaces."""
    if not text.strip():
        raise ValueError("must hold more than spaces")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Prompt = Annotated[
    Text, StringConstraints(min_length=1, max_length=4000), AfterValidator(not_blank)
]
NegativePrompt = Annotated[Text, StringConstraints(max_length=4000)]
Pixels = Annotated[int, Field(ge=256, le=2048, multiple_of=8)]
StoragePath = Annotated[Text, StringConstraints(min_length=1, max_length=1024)]
# A BCP 47 tag such as "en" or "pt-BR"; the engine says which ones it speaks.
Language = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$", max_length=35)
]


class Task(BaseModel):
    """Common to every task."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    extra: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict,
        description="A flat map of at most 8 KiB of JSON, handed to the worker as it is.",
    )

    @field_validator("extra")
    @classmethod
    def _small(cls, extra: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(json.dumps(extra, ensure_ascii=False, separators=(",", ":")).encode())
        except UnicodeEncodeError:
            raise ValueError("is not valid Unicode text") from None
        if size > MAX_EXTRA_BYTES:
            raise ValueError(f"is {size} bytes of JSON; at most {MAX_EXTRA_BYTES} are possible")
        # https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
        if any(not key or re.fullmatch("__.*__", key, re.DOTALL) for key in extra):
            raise ValueError("holds a name that cannot be stored: empty, or __like_this__")
        if any(isinstance(value, int) and abs(value) > MAX_SEED for value in extra.values()):
            raise ValueError("holds a whole number that is too large")
        return extra


class _Diffusion(Task):
    prompt: Prompt
    negative_prompt: NegativePrompt = ""
    steps: int = Field(default=30, ge=1, le=100)
    guidance_scale: float = Field(default=7.0, ge=0, le=30)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)


class _Image(_Diffusion):
    width: Pixels = 1024
    height: Pixels = 1024
    num_images: int = Field(default=1, ge=1, le=8)


class _Video(_Diffusion):
    video_width: Pixels = 832
    video_height: Pixels = 480
    num_frames: int = Field(default=49, ge=1, le=257)
    fps: int = Field(default=15, ge=1, le=60)


class TextToImage(_Image):
    """A picture from words."""

    task_type: Literal["text2img"]


class ImageToImage(_Image):
    """A picture from a picture of the caller's and words."""

    task_type: Literal["img2img"]
    init_image: StoragePath
    strength: float = Field(default=0.6, ge=0, le=1)


class TextToVideo(_Video):
    """A video from words."""

    task_type: Literal["text2video"]


class ImageToVideo(_Video):
    """A video that begins with a picture of the caller's."""

    task_type: Literal["img2video"]
    init_image: StoragePath


class VoiceClone(Task):
    """A voice from a recording of the caller's."""

    task_type: Literal["voice_clone"]
    name: Annotated[Text, StringConstraints(min_length=1, max_length=80), AfterValidator(not_blank)]
    audio: StoragePath
    reference_text: Annotated[Text, StringConstraints(max_length=5000)] = ""
    language: Language = "en"


class TextToSpeech(Task):
    """Words spoken by a voice of the caller's."""

    task_type: Literal["tts"]
    voice_id: Annotated[str, StringConstraints(pattern=r"^voice_[a-z0-9_]{1,60}$")]
    text: Annotated[
        Text, StringConstraints(min_length=1, max_length=5000), AfterValidator(not_blank)
    ]
    speed: float = Field(default=1.0, ge=0.5, le=2)
    language: Language = "en"


Request = TextToImage | ImageToImage | TextToVideo | ImageToVideo | VoiceClone | TextToSpeech

TASKS: dict[str, tuple[type[Request], MediaType]] = {
    "text2img": (TextToImage, MediaType.IMAGES),
    "img2img": (ImageToImage, MediaType.IMAGES),
    "text2video": (TextToVideo, MediaType.VIDEOS),
    "img2video": (ImageToVideo, MediaType.VIDEOS),
    "voice_clone": (VoiceClone, MediaType.VOICES),
    "tts": (TextToSpeech, MediaType.TTS),
}


def media_type_of(task_type: str) -> MediaType:
    return TASKS[task_type][1]


def parse_request(data: object) -> Request:
    """The task of a call, with defaults filled in; a missing `seed` stays None for the caller.

    Raises:
        InvalidArgument: names every field that is missing, unknown or out of bounds.
    """
    if not isinstance(data, dict):
        raise InvalidArgument.of("data", "must be an object with a task_type")
    task_type = data.get("task_type")
    if not isinstance(task_type, str) or task_type not in TASKS:
        raise InvalidArgument.of("task_type", f"must be one of {', '.join(TASKS)}")
    model, _ = TASKS[task_type]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidArgument(problems_of(error)) from None


def problems_of(error: ValidationError) -> list[FieldProblem]:
    """One problem per field, in the words of the field; never the value that was sent."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False):
        # A union inside a field adds the names of its members; the field's own name is enough.
        name = str(item["loc"][0]) if item["loc"] else "data"
        found.setdefault(name[:100], _problem(item["type"], item["msg"]))
    return [FieldProblem(name, problem) for name, problem in found.items()]


def _problem(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a known field"
        case "value_error":
            return message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
