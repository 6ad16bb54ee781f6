"""Speech: `tts`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from firepod.domain.generation import GenerationRef, MediaType, Output
from firepod.kinds import formats, paths
from firepod.kinds.fields import LANGUAGE, Field
from firepod.kinds.task import Kind, Task
from firepod.kinds.units import parts

CHARACTERS = 500  # a unit
# Five hours, which is what a worker speaks at most: WAV at 24 kHz, MP3 in stereo, Opus.
LARGEST = {"audio/wav": 1_000_000_000, "audio/mpeg": 400_000_000, "audio/ogg": 400_000_000}


def _folder(ref: GenerationRef) -> str:
    return f"tts/{ref.file_uid}/"


def _file_uid(_request: Mapping[str, Any], now: datetime, entropy: str) -> str:
    return paths.generation_id(now, entropy)


def _outputs(ref: GenerationRef, request: Mapping[str, Any], now: datetime) -> tuple[Output, ...]:
    voice = request.get("voice_id", "")
    made = formats.wanted(formats.SOUNDS, request)
    name = f"TTS_{voice}_{paths.stamp(now)}.{made.ending}"
    return (Output(f"{_folder(ref)}{name}", made.content_type),)


def _describe(request: Mapping[str, Any], urls: Sequence[str]) -> dict[str, Any]:
    return {"tts_url": urls[0], "voice_id": request["voice_id"]}


def _links(urls: Sequence[str]) -> dict[str, Any]:
    return {"tts_url": urls[0]}


def _pack(texts: Sequence[str]) -> dict[str, Any]:
    return {"audio_base64": texts[0]}


def _read(answer: Mapping[str, Any]) -> list[Any]:
    return [answer.get("audio_base64")]


def _units(request: Mapping[str, Any]) -> int:
    return parts(len(str(request.get("text", ""))), CHARACTERS)


def _named(request: Mapping[str, Any], file_uid: str) -> dict[str, Any]:
    asked = {name: request.get(name, "") for name in ("voice_id", "text")}
    return {"generation_id": file_uid, **asked}


KIND = Kind(media_type=MediaType.TTS, folder=_folder, file_uid=_file_uid)
TTS = Task(
    name="tts",
    kind=KIND,
    model="TextToSpeech",
    makes="Words spoken by a voice of the caller's.",
    label="Text to speech",
    verb="Speak",
    fields=(
        Field(
            name="voice_id",
            label="Voice",
            kind="voice",
            hint="One that you have cloned.",
            required=True,
            pattern=r"^voice_[a-z0-9_]{1,60}$",
            form="the id of a voice, such as voice_ann_01234567",
            allowed="a completed voice of the caller's",
        ),
        Field(
            name="text",
            label="Text",
            kind="text",
            hint="Up to 50,000 characters; of a long one MP3 or Ogg is far smaller.",
            required=True,
            shortest=1,
            longest=50_000,
            more_than_spaces=True,
        ),
        Field(name="speed", label="Speed", kind="number", default=1.0, low=0.5, high=2),
        LANGUAGE,
        formats.field(formats.SOUNDS, formats.SMALLER),
    ),
    outputs=_outputs,
    describe=_describe,
    links=_links,
    pack=_pack,
    read=_read,
    named=_named,
    units=_units,
    usual_seconds=60,
    largest_bytes=LARGEST,
)
TASKS = (TTS,)
