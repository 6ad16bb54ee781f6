"""`/api/voices`: clone, save, list, and where the files are."""

from typing import Any

from flask import Response, g, jsonify
from pydantic import BaseModel, ConfigDict, Field

from firepod import wiring
from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import Generation, GenerationRef, MediaType
from firepod.entrypoints.rest import openapi, schemas, voice_schemas, waiting
from firepod.entrypoints.rest.bodies import (
    decode,
    large_body,
    named,
    read_json,
    read_metadata,
    read_recording,
)
from firepod.entrypoints.rest.generations import PageQuery
from firepod.entrypoints.rest.routes import Routes
from firepod.usecases import ask, library, sound
from firepod.usecases.clone import clone as clone_use_case
from firepod.usecases.samples import add_sample as add_sample_use_case
from firepod.usecases.save import SavedVoice, save_voice

routes = Routes("voices", "/api/voices", "Voices made of recordings.")


class VoicePath(BaseModel):
    voice_id: str


class SampleForm(BaseModel):
    """A recording: WAV, MP3, Ogg, FLAC or M4A, up to 25 MiB."""

    model_config = ConfigDict(extra="forbid")

    audio: bytes = Field(json_schema_extra={"type": "string", "format": "binary"})


class SampleJson(BaseModel):
    """The same as base64, up to 22 MiB of it."""

    model_config = ConfigDict(extra="forbid")

    audio_base64: str = Field(min_length=1)


def _clone_body() -> dict[str, Any]:
    audio = {"audio": openapi.file("A recording: WAV, MP3, Ogg, FLAC or M4A, up to 25 MiB.")}
    text = {"audio_base64": openapi.base64("The recording, up to 22 MiB of it.")}
    task = "voice_clone"
    return openapi.body(
        json=openapi.body_of(task, "CloneJson", without={"audio"}, more=text),
        form=openapi.body_of(task, "CloneForm", without={"audio", "extra", "metadata"}, more=audio),
    )


def _save_body() -> dict[str, Any]:
    more = {
        "audio_base64": openapi.base64("The sample: WAV, MP3 or Ogg."),
        "profile_base64": openapi.base64("The profile, an .npy file of plain numbers."),
        "metadata": openapi.METADATA,
        "voice_id": openapi.PROPOSED,
    }
    task, only = "voice_clone", {"name"}
    return openapi.body(json=openapi.body_of(task, "SaveVoice", only=only, more=more, loose=True))


@routes.on(
    "POST",
    "/clone",
    "cloneVoice",
    {200: voice_schemas.Voice, 202: schemas.Started},
    errors=(409, 412, 413, 415, 429),
    body=_clone_body,
)
def clone(header: openapi.CreateHeaders) -> Response:
    """Make a voice of a recording; waits up to 50 s unless `Prefer` says otherwise."""
    seconds = waiting.preferred_wait(waiting.MAX_WAIT_SECONDS)
    backend, key = wiring.backend(), header.idempotency_key
    ask.may_clone(backend, g.user_id, key, g.sign_in)
    with large_body():
        recording = read_recording()
        started = clone_use_case(
            backend, g.user_id, recording.fields, recording.data, key, g.sign_in
        )
        del recording  # it is stored, and the call may wait for long
    return waiting.answered(started, seconds, _made)


@routes.on(
    "POST",
    "/save",
    "saveVoice",
    {200: voice_schemas.Voice},
    errors=(413, 415, 429),
    body=_save_body,
)
def save() -> Response:
    """Keep a voice that the client cloned with RunPod itself."""
    ask.may_keep(wiring.backend(), g.user_id, g.sign_in)
    with large_body():
        body = read_json()
        voice = SavedVoice(
            name=named(body, "voice_name", "name"),
            audio=decode(body.get("audio_base64"), "audio_base64"),
            profile=decode(body.get("profile_base64"), "profile_base64"),
            metadata=read_metadata(body),
            proposed_id=body.get("voice_id"),
        )
        saved = save_voice(wiring.backend(), g.user_id, voice, g.sign_in)
    return jsonify(_made(saved))


@routes.on("GET", "", "listVoices", {200: voice_schemas.Voices})
def index(query: PageQuery) -> Response:
    """The caller's voices, newest first."""
    found = library.page(
        wiring.backend(),
        g.user_id,
        [MediaType.VOICES],
        limit=query.limit,
        status=query.status,
        cursor=query.cursor,
    )
    listed = [_listed(one) for one in found.generations]
    return jsonify(
        schemas.paged(voice_schemas.Voices(voices=listed, next_cursor=found.next_cursor))
    )


@routes.on("GET", "/<voice_id>", "getVoice", {200: voice_schemas.LibraryVoice}, errors=(404,))
def read(path: VoicePath) -> Response:
    """One voice of the caller's."""
    return jsonify(schemas.shown(_listed(library.one(wiring.backend(), _ref(path)))))


@routes.on(
    "GET",
    "/<voice_id>/firebase-urls",
    "getVoiceUrls",
    {200: voice_schemas.VoiceFiles},
    errors=(404, 412),
)
def firebase_urls(path: VoicePath) -> Response:
    """All sample and profile URLs of a voice."""
    return jsonify(sound.voice_files(wiring.backend(), _ref(path)))


@routes.on(
    "GET",
    "/<voice_id>/sample/firebase",
    "getVoiceSampleUrl",
    {200: voice_schemas.SampleUrl},
    errors=(404, 412),
)
def sample(path: VoicePath) -> Response:
    """The URL of the newest sample of a voice."""
    sample_url = sound.newest_sample(wiring.backend(), _ref(path))
    return jsonify(voice_id=path.voice_id, sample_url=sample_url)


@routes.on(
    "POST",
    "/<voice_id>/samples",
    "addVoiceSample",
    {200: voice_schemas.Sample},
    errors=(404, 412, 413, 415, 429),
    body=lambda: openapi.body(json=SampleJson, form=SampleForm),
)
def add_sample(path: VoicePath) -> Response:
    """Add a sample to a voice; it is the newest one then."""
    ask.may_keep(wiring.backend(), g.user_id, g.sign_in)
    with large_body():
        recording = read_recording()
        for name in recording.fields:
            raise InvalidArgument.of(str(name)[:100], "is not a field of this call")
        added = add_sample_use_case(wiring.backend(), _ref(path), recording.data, g.sign_in)
    shown = voice_schemas.Sample(
        voice_id=path.voice_id,
        sample_url=added.url,
        path=added.file.path,
        content_type=added.file.content_type,
        size_bytes=added.file.size_bytes,
    )
    return jsonify(schemas.shown(shown))


def _ref(path: VoicePath) -> GenerationRef:
    return GenerationRef(g.user_id, MediaType.VOICES, path.voice_id)


def _made(done: Generation, *, inline: bool = False) -> dict[str, Any]:
    said = sound.made(wiring.backend(), done, inline=inline)
    return schemas.shown(schemas.about(done.ref, voice_schemas.Voice, said))


def _listed(one: Generation) -> Any:
    return schemas.about(one.ref, voice_schemas.LibraryVoice, sound.listed(one))
