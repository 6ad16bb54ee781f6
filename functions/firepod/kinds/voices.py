"""Voices: `voice_clone`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from firepod.domain.generation import GenerationRef, MediaType, Output
from firepod.kinds import formats, paths
from firepod.kinds.fields import LANGUAGE, LARGEST_FILE, SOUND, Field
from firepod.kinds.task import Kind, Task

UNITS = 5


def _folder(ref: GenerationRef) -> str:
    return f"voices/{ref.file_uid}/"


def _file_uid(request: Mapping[str, Any], _now: datetime, entropy: str) -> str:
    return paths.voice_id(request["name"], entropy)


def _outputs(ref: GenerationRef, request: Mapping[str, Any], now: datetime) -> tuple[Output, ...]:
    uid, made = ref.file_uid, formats.wanted(formats.SOUNDS, request)
    return (
        Output(paths.voice_sample(uid, now, made.ending), made.content_type),
        Output(paths.voice_profile(uid), "application/octet-stream"),
    )


def _describe(_request: Mapping[str, Any], urls: Sequence[str]) -> dict[str, Any]:
    return _links(urls)


def _links(urls: Sequence[str]) -> dict[str, Any]:
    """A voice that is its sample has no profile."""
    return dict(zip(("sample_url", "profile_url"), urls, strict=False))


def _pack(texts: Sequence[str]) -> dict[str, Any]:
    return dict(zip(("audio_base64", "profile_base64"), texts, strict=False))


def _read(answer: Mapping[str, Any]) -> list[Any]:
    return [answer.get("audio_base64"), answer.get("profile_base64")]


def _units(_request: Mapping[str, Any]) -> int:
    return UNITS


def _named(request: Mapping[str, Any], file_uid: str) -> dict[str, Any]:
    return {"voice_id": file_uid, "voice_name": request.get("name", "")}


KIND = Kind(media_type=MediaType.VOICES, folder=_folder, file_uid=_file_uid)
VOICE_CLONE = Task(
    name="voice_clone",
    kind=KIND,
    model="VoiceClone",
    makes="A voice from a recording of the caller's.",
    label="Clone a voice",
    verb="Clone voice",
    fields=(
        Field(
            name="name",
            label="Name",
            kind="line",
            aliases=("voice_name",),
            required=True,
            shortest=1,
            longest=80,
            more_than_spaces=True,
        ),
        Field(
            name="audio",
            label="Recording",
            kind="file",
            hint=f"WAV, MP3, OGG, FLAC or M4A, up to {LARGEST_FILE}; "
            "some seconds of one person speaking.",
            required=True,
            file=SOUND,
            words="recording",
            allowed="a recording in Storage, of the caller's (4)",
        ),
        Field(
            name="reference_text",
            label="What is said in it",
            kind="text",
            hint="Makes the voice more alike.",
            default="",
            longest=5000,
            advanced=True,
            allowed="0..5000 characters: what is said in the recording",
        ),
        LANGUAGE,
        formats.field(formats.SOUNDS, f"Of the sample. {formats.SMALLER}"),
    ),
    outputs=_outputs,
    describe=_describe,
    links=_links,
    pack=_pack,
    read=_read,
    named=_named,
    units=_units,
    usual_seconds=90,
    largest_bytes=formats.LARGEST_SAMPLES | {"application/octet-stream": 100_000_000},
)
TASKS = (VOICE_CLONE,)
