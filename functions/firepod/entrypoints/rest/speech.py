"""`/api/tts`: speak, save, list, and where the files are."""

from typing import Any

from flask import Response, g, jsonify
from pydantic import BaseModel

from firepod import wiring
from firepod.domain.generation import Generation, GenerationRef, MediaType
from firepod.entrypoints.rest import openapi, schemas, voice_schemas, waiting
from firepod.entrypoints.rest.bodies import decode, large_body, named, read_json, read_metadata
from firepod.entrypoints.rest.generations import PageQuery
from firepod.entrypoints.rest.routes import Routes
from firepod.kinds.paths import VOICE_NAME
from firepod.models.request import parse_request
from firepod.ports import Usage
from firepod.usecases import ask, library, sound
from firepod.usecases.save import SavedSpeech, save_speech
from firepod.usecases.submit import submit
from firepod.usecases.usage import of_generations

routes = Routes("speech", "/api/tts", "Speech with these voices.", tag="tts")


class SpeechPath(BaseModel):
    generation_id: str


def _speak_body() -> dict[str, Any]:
    return openapi.body(json=openapi.body_of("tts", "Speak", more={"model": openapi.MODEL}))


def _save_body() -> dict[str, Any]:
    more = {
        "voice_id": openapi.text("As we make them, or of the client's own endpoint.", VOICE_NAME),
        "audio_base64": openapi.base64("The speech: WAV, MP3 or Ogg."),
        "metadata": openapi.METADATA,
        "generation_id": openapi.PROPOSED,
    }
    return openapi.body(
        json=openapi.body_of("tts", "SaveSpeech", only={"text"}, more=more, loose=True)
    )


@routes.on(
    "POST",
    "/generate",
    "generateSpeech",
    {200: voice_schemas.Speech, 202: schemas.Started},
    errors=(404, 409, 412, 413, 415, 429),
    body=_speak_body,
)
def generate(header: openapi.CreateHeaders) -> Response:
    """Speak a text; waits up to 50 s unless `Prefer` says otherwise."""
    seconds = waiting.preferred_wait(waiting.MAX_WAIT_SECONDS)
    backend, data = wiring.backend(), {**read_json(), "task_type": "tts"}
    request, model = parse_request(backend.settings, data)
    started = submit(backend, g.user_id, request, header.idempotency_key, g.sign_in, model)
    return waiting.answered(started, seconds, _made)


@routes.on(
    "POST",
    "/save",
    "saveSpeech",
    {200: voice_schemas.Speech},
    errors=(404, 412, 413, 415, 429),
    body=_save_body,
)
def save() -> Response:
    """Keep speech that the client made with RunPod itself."""
    ask.may_keep(wiring.backend(), g.user_id, g.sign_in)
    with large_body():
        body = read_json()
        spoken = SavedSpeech(
            voice_id=named(body, "voice_id"),
            text=named(body, "text"),
            audio=decode(body.get("audio_base64"), "audio_base64"),
            metadata=read_metadata(body),
            proposed_id=body.get("generation_id"),
        )
        saved = save_speech(wiring.backend(), g.user_id, spoken, g.sign_in)
    return jsonify(_made(saved))


@routes.on("GET", "/generations", "listSpeech", {200: voice_schemas.Speeches})
def index(query: PageQuery) -> Response:
    """The caller's speech, newest first."""
    found = library.page(
        wiring.backend(),
        g.user_id,
        [MediaType.TTS],
        limit=query.limit,
        status=query.status,
        cursor=query.cursor,
    )
    listed = [_listed(one) for one in found.generations]
    page = voice_schemas.Speeches(generations=listed, next_cursor=found.next_cursor)
    return jsonify(schemas.paged(page))


@routes.on(
    "GET",
    "/generations/<generation_id>/firebase",
    "getSpeechUrl",
    {200: voice_schemas.SpeechUrl},
    errors=(404, 412),
)
def url(path: SpeechPath) -> Response:
    """The URL of speech."""
    ref = GenerationRef(g.user_id, MediaType.TTS, path.generation_id)
    return jsonify(generation_id=ref.file_uid, tts_url=sound.speech_url(wiring.backend(), ref))


@routes.on("GET", "/storage/usage", "getSpeechUsage", {200: schemas.StorageUsage})
def usage() -> Response:
    """What the caller's voices and speech take in Storage."""
    sums = of_generations(wiring.backend(), g.user_id, [MediaType.VOICES, MediaType.TTS])
    total = schemas.usage(sum(sums.values(), Usage()))
    return jsonify(schemas.shown(schemas.StorageUsage(storage_usage=total)))


def _made(done: Generation, *, inline: bool = False) -> dict[str, Any]:
    said = sound.made(wiring.backend(), done, inline=inline)
    return schemas.shown(schemas.about(done.ref, voice_schemas.Speech, said))


def _listed(one: Generation) -> Any:
    return schemas.about(one.ref, voice_schemas.LibrarySpeech, sound.listed(one))
