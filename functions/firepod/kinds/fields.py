"""The fields of requests: name, bounds, and what a form says of them. Without pydantic.

Functions that parse no request know the tasks, too, and shall not pay for what checks requests;
`validation` makes the models of these fields when the first one is needed. Nothing here is
compared or printed: to make what does that would be most of the time of the import.
"""

from dataclasses import dataclass
from typing import Literal

MAX_SEED = 2**53 - 1  # the largest integer that JavaScript holds exactly
DRAWN_SEED_BITS = 32
MAX_FILE_BYTES = 25 * 1024 * 1024  # of what a user hands in
LARGEST_FILE = f"{MAX_FILE_BYTES // 1024**2} MiB"

FieldKind = Literal["text", "line", "choice", "integer", "number", "file", "voice", "json"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FileKind:
    """Files that a user may hand in for a field."""

    said: str  #: in sentences
    prefixes: tuple[str, ...]  #: how the content type of such a file begins
    types: tuple[str, ...]  #: what an upload may be called, as Storage's rules have it
    extensions: tuple[str, ...] = ()  #: of files that browsers have no content type for

    @property
    def accept(self) -> str:
        """For the file dialog of a browser."""
        return ",".join([one for one in self.types if ";" not in one] + list(self.extensions))


PICTURE = FileKind(
    said="a PNG, JPEG or WebP picture",
    prefixes=("image/",),
    types=("image/png", "image/jpeg", "image/jpg", "image/webp"),
)
SOUND = FileKind(
    said="sound as WAV, MP3, Ogg, FLAC or M4A",
    # Ogg also goes by a type of its own, and some browsers send that one.
    prefixes=("audio/", "application/ogg"),
    types=(
        *("audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave", "audio/mpeg", "audio/mp3"),
        *("audio/ogg", "audio/ogg; codecs=opus", "audio/ogg;codecs=opus", "application/ogg"),
        *("audio/flac", "audio/x-flac", "audio/mp4", "audio/m4a", "audio/x-m4a"),
    ),
    extensions=(".m4a", ".flac"),
)
FILE_KINDS = (PICTURE, SOUND)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Field:
    """One field of a request.

    A `file` holds the path of a file in Storage, a `voice` the id of a voice, a `choice` one of a
    few words; the others are typed in. What is neither required nor drawn nor has a default is
    absent when it was not given.
    """

    name: str
    label: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()  #: other spellings that are taken; kept and sent is `name`
    hint: str = ""
    required: bool = False
    default: str | float | None = None
    drawn: bool = False  #: by the backend, where none was given
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    multiple: int | None = None
    unit: str = ""  #: what a number counts
    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    form: str = ""  #: what fits the pattern, for sentences
    more_than_spaces: bool = False
    advanced: bool = False  #: forms show it on demand
    file: FileKind | None = None
    words: str = ""  #: what a file is called in sentences for its user
    allowed: str = ""  #: what may stand in it, for tables, where its bounds do not say it


PROMPT = Field(
    name="prompt",
    label="Prompt",
    kind="text",
    hint="What is to be seen, in your words.",
    required=True,
    shortest=1,
    longest=4000,
    more_than_spaces=True,
)
NEGATIVE_PROMPT = Field(
    name="negative_prompt",
    label="Negative prompt",
    kind="text",
    hint="What is not to be seen.",
    default="",
    longest=4000,
    advanced=True,
)
STEPS = Field(
    name="steps",
    label="Steps",
    kind="integer",
    aliases=("num_inference_steps",),
    default=30,
    low=1,
    high=100,
    advanced=True,
)
GUIDANCE = Field(
    name="guidance_scale",
    label="Guidance",
    kind="number",
    aliases=("guidance",),
    default=7.0,
    low=0,
    high=30,
    advanced=True,
)
SEED = Field(
    name="seed",
    label="Seed",
    kind="integer",
    hint="Empty: a new one",
    drawn=True,
    low=0,
    high=MAX_SEED,
    advanced=True,
)
SCHEDULER = Field(
    name="scheduler",
    label="Scheduler",
    kind="choice",
    hint="Empty: the one that the model usually has.",
    # As worker-sdxl of RunPod's names them. An engine that has none of a name says so.
    choices=(
        *("PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL"),
        *("DPMSolverMultistep", "DPMSolverSinglestep"),
    ),
    advanced=True,
)
EXTRA = Field(
    name="extra",
    label="Extra",
    kind="json",
    hint='A flat map, handed to the worker as it is: {"style": "ink"}',
    advanced=True,
    allowed="a flat map of at most 8 KiB of JSON, handed to the worker as it is",
)
METADATA = Field(
    name="metadata",
    label="Metadata",
    kind="json",
    hint='A flat map of your own: {"project": "harbour"}',
    advanced=True,
    allowed="a flat map of at most 2 KiB of JSON; stands in the document, no worker sees it",
)
START_IMAGE = Field(
    name="init_image",
    label="Start picture",
    kind="file",
    aliases=("image", "image_url"),
    hint=f"PNG, JPEG or WebP, up to {LARGEST_FILE}.",
    required=True,
    file=PICTURE,
    words="start image",
    allowed="a picture in Storage, of the caller's (4)",
)
LANGUAGE = Field(
    name="language",
    label="Language",
    kind="line",
    hint="A tag such as en, de or pt-BR.",
    default="en",
    longest=35,
    # A BCP 47 tag; the engine says which ones it speaks.
    pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$",
    form="a tag of a language, such as en, de or pt-BR",
    advanced=True,
    allowed="a BCP 47 tag of up to 35 characters",
)
# What every engine that draws takes.
DIFFUSION = (NEGATIVE_PROMPT, STEPS, GUIDANCE, SCHEDULER, SEED)


def pixels(name: str, label: str, usual: int, *aliases: str) -> Field:
    """The width or height of what is drawn."""
    return Field(
        name=name,
        label=label,
        kind="integer",
        aliases=aliases,
        default=usual,
        low=256,
        high=2048,
        multiple=8,
        unit="pixels",
        allowed="256..2048 pixels, multiples of 8",
    )
