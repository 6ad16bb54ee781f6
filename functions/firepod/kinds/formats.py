"""The formats that results can have: their names in a request, their endings, their types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firepod.kinds import media_kinds
from firepod.kinds.fields import Field


@dataclass(frozen=True, eq=False, repr=False)
class Format:
    """One format of a file."""

    name: str  #: in a request
    content_type: str

    @property
    def ending(self) -> str:
        """Of an object's name."""
        return media_kinds.ENDINGS[self.content_type]


# The usual one first.
PICTURES = (
    Format("png", "image/png"),
    Format("webp", "image/webp"),
    Format("jpeg", "image/jpeg"),
)
SOUNDS = (
    Format("wav", "audio/wav"),
    Format("mp3", "audio/mpeg"),
    Format("ogg", "audio/ogg"),
)
LARGEST_SAMPLES = {"audio/wav": 200_000_000, "audio/mpeg": 60_000_000, "audio/ogg": 60_000_000}
SMALLER = "MP3 and Ogg (Opus) are smaller."
NAME = "output_format"


def field(formats: tuple[Format, ...], hint: str) -> Field:
    """The field in which a request names one of them."""
    return Field(
        name=NAME,
        label="Format",
        kind="choice",
        hint=hint,
        choices=tuple(one.name for one in formats),
        default=formats[0].name,
        advanced=True,
    )


def wanted(formats: tuple[Format, ...], request: Mapping[str, Any]) -> Format:
    """The one that a request names; the usual one of documents from before there was a choice."""
    named = request.get(NAME)
    return next((one for one in formats if one.name == named), formats[0])


def of_type(content_type: str) -> Format | None:
    """The one of a content type."""
    return next((one for one in (*PICTURES, *SOUNDS) if one.content_type == content_type), None)
