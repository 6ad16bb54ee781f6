"""`/api/tts`: speak, save, list, and where the files are."""

from typing import Annotated, Any

from flask import Response, g, jsonify
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from firepod import wiring
from firepod.domain.generation import GenerationRef, MediaType
from firepod.entrypoints.rest import answers, openapi, spoken, voice_answers, waiting
from firepod.entrypoints.rest.bodies import decode, large_body, read_json, read_model
from firepod.entrypoints.rest.generations import PageQuery
from firepod.entrypoints.rest.routes import Routes
from firepod.kinds import catalog, validation
from firepod.ports import Usage
from firepod.usecases import ask, library
from firepod.usecases.save import save_speech
from firepod.usecases.submit import submit

routes = Routes("speech", "/api/tts", "Speech with these voices.", tag="tts")

Spoken = Annotated[
    validation.Text,
    StringConstraints(min_length=1, max_length=5000),
    AfterValidator(validation.not_blank),
]


class SpeechPath(BaseModel):
    generation_id: str


class Speak(validation.WithExtra):
    """What to say, and with which voice of the caller's."""

    model_config = ConfigDict(extra="forbid")

    voice_id: Annotated[str, StringConstraints(pattern=r"^voice_[a-z0-9_]{1,60}$")]
    text: Spoken
    speed: float = Field(default=1.0, ge=0.5, le=2)
    language: validation.Language = "en"


class SaveSpeech(BaseModel):
    """What RunPod answered to a client that made speech by itself; other fields are ignored."""

    voice_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
    text: Spoken
    audio_base64: str = Field(description="The speech, a WAV file.")
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="Its flat entries are kept, up to 8 KiB."
    )


@routes.on(
    "POST",
    "/generate",
    "generateSpeech",
    {200: voice_answers.Speech, 202: answers.Started},
    errors=(404, 409, 412, 413, 415, 429),
    body=lambda: openapi.body(json=Speak),
)
def generate(header: openapi.CreateHeaders) -> Response:
    """Speak a text; waits up to 50 s unless `Prefer` says otherwise."""
    seconds = waiting.preferred_wait(waiting.MAX_WAIT_SECONDS)
    request = catalog.parse_request({**read_json(), "task_type": "tts"})
    started = submit(wiring.backend(), g.user_id, request, header.idempotency_key, g.sign_in)
    return spoken.answer(started, seconds, spoken.speech)


@routes.on(
    "POST",
    "/save",
    "saveSpeech",
    {200: voice_answers.Speech},
    errors=(404, 412, 413, 415, 429),
    body=lambda: openapi.body(json=SaveSpeech),
)
def save() -> Response:
    """Keep speech that the client made with RunPod itself."""
    ask.may_keep(wiring.backend(), g.user_id, g.sign_in)
    with large_body():
        body = read_model(SaveSpeech)
        saved = save_speech(
            wiring.backend(),
            g.user_id,
            {"voice_id": body.voice_id, "text": body.text, **spoken.kept(body.metadata)},
            decode(body.audio_base64, "audio_base64"),
            g.sign_in,
        )
    return jsonify(answers.shown(spoken.speech(saved)))


@routes.on("GET", "/generations", "listSpeech", {200: voice_answers.Speeches})
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
    listed = [spoken.library_speech(one) for one in found.generations]
    page = voice_answers.Speeches(generations=listed, next_cursor=found.next_cursor)
    return jsonify(answers.paged(page))


@routes.on(
    "GET",
    "/generations/<generation_id>/firebase",
    "getSpeechUrl",
    {200: voice_answers.SpeechUrl},
    errors=(404, 412),
)
def url(path: SpeechPath) -> Response:
    """The URL of speech."""
    backend = wiring.backend()
    ref = GenerationRef(g.user_id, MediaType.TTS, spoken.document_id(path.generation_id))
    file = library.files(backend, library.find(backend, ref))[0]
    return jsonify(generation_id=ref.file_uid, tts_url=backend.media.url(file))


@routes.on("GET", "/storage/usage", "getSpeechUsage", {200: answers.StorageUsage})
def usage() -> Response:
    """What the caller's voices and speech take in Storage."""
    sums = library.usage(wiring.backend(), g.user_id, [MediaType.VOICES, MediaType.TTS])
    total = answers.usage(sum(sums.values(), Usage()))
    return jsonify(answers.shown(answers.StorageUsage(storage_usage=total)))
