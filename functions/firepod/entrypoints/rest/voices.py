"""`/api/voices`: clone, save, list, and where the files are."""

from typing import Annotated, Any

from flask import Response, g, jsonify
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from firepod import wiring
from firepod.domain.generation import Generation, GenerationRef, MediaType
from firepod.entrypoints.rest import answers, openapi, spoken, voice_answers, waiting
from firepod.entrypoints.rest.bodies import decode, large_body, read_model, read_recording
from firepod.entrypoints.rest.generations import PageQuery
from firepod.entrypoints.rest.routes import Routes
from firepod.kinds import validation
from firepod.usecases import ask, library
from firepod.usecases.clone import clone as clone_use_case
from firepod.usecases.save import save_voice

routes = Routes("voices", "/api/voices", "Voices made of recordings.")

VoiceName = Annotated[
    validation.Text,
    StringConstraints(min_length=1, max_length=80),
    AfterValidator(validation.not_blank),
]


class VoicePath(BaseModel):
    voice_id: str


class CloneJson(BaseModel):
    """A recording as base64, up to 22 MiB of it; `voice_name` may stand for `name`."""

    model_config = ConfigDict(extra="forbid")

    name: VoiceName
    audio_base64: str = Field(min_length=1)
    reference_text: str = Field(default="", max_length=5000)
    language: validation.Language = "en"
    extra: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class CloneForm(BaseModel):
    """A recording as a file: WAV, MP3, Ogg, FLAC or M4A, up to 25 MiB."""

    model_config = ConfigDict(extra="forbid")

    name: VoiceName
    audio: bytes = Field(json_schema_extra={"type": "string", "format": "binary"})
    reference_text: str = Field(default="", max_length=5000)
    language: validation.Language = "en"


class SaveVoice(BaseModel):
    """What RunPod answered to a client that cloned a voice by itself; other fields are ignored."""

    voice_name: VoiceName = Field(validation_alias=AliasChoices("voice_name", "name"))
    audio_base64: str = Field(description="The sample, a WAV file.")
    profile_base64: str = Field(description="The profile, an .npy file of plain numbers.")
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="Its flat entries are kept, up to 8 KiB."
    )


@routes.on(
    "POST",
    "/clone",
    "cloneVoice",
    {200: voice_answers.Voice, 202: answers.Started},
    errors=(409, 412, 413, 415, 429),
    body=lambda: openapi.body(json=CloneJson, form=CloneForm),
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
    return spoken.answer(started, seconds, spoken.voice)


@routes.on(
    "POST",
    "/save",
    "saveVoice",
    {200: voice_answers.Voice},
    errors=(413, 415, 429),
    body=lambda: openapi.body(json=SaveVoice),
)
def save() -> Response:
    """Keep a voice that the client cloned with RunPod itself."""
    ask.may_keep(wiring.backend(), g.user_id, g.sign_in)
    with large_body():
        body = read_model(SaveVoice)
        saved = save_voice(
            wiring.backend(),
            g.user_id,
            {"name": body.voice_name, **spoken.kept(body.metadata)},
            decode(body.audio_base64, "audio_base64"),
            decode(body.profile_base64, "profile_base64"),
            g.sign_in,
        )
    return jsonify(answers.shown(spoken.voice(saved)))


@routes.on("GET", "", "listVoices", {200: voice_answers.Voices})
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
    voices = [spoken.library_voice(one) for one in found.generations]
    return jsonify(
        answers.paged(voice_answers.Voices(voices=voices, next_cursor=found.next_cursor))
    )


@routes.on("GET", "/<voice_id>", "getVoice", {200: voice_answers.LibraryVoice}, errors=(404,))
def read(path: VoicePath) -> Response:
    """One voice of the caller's."""
    return jsonify(answers.shown(spoken.library_voice(_find(path))))


@routes.on(
    "GET",
    "/<voice_id>/firebase-urls",
    "getVoiceUrls",
    {200: voice_answers.VoiceFiles},
    errors=(404, 412),
)
def firebase_urls(path: VoicePath) -> Response:
    """All sample and profile URLs of a voice."""
    voice = _find(path)
    samples, profiles = _urls(voice)
    urls = voice_answers.VoiceFileUrls(
        sample_url=samples[0],
        profile_url=profiles[0],
        sample_urls=samples,
        profile_urls=profiles,
    )
    found = voice_answers.VoiceFiles(
        voice_id=voice.file_uid,
        voice_name=voice.request_data["name"],
        firebase_urls=urls,
        shared_access=True,
    )
    return jsonify(answers.shown(found))


@routes.on(
    "GET",
    "/<voice_id>/sample/firebase",
    "getVoiceSampleUrl",
    {200: voice_answers.SampleUrl},
    errors=(404, 412),
)
def sample(path: VoicePath) -> Response:
    """The URL of the newest sample of a voice."""
    voice = _find(path)
    samples, _ = _urls(voice)
    return jsonify(voice_id=voice.file_uid, sample_url=samples[0])


def _find(path: VoicePath) -> Generation:
    ref = GenerationRef(g.user_id, MediaType.VOICES, spoken.document_id(path.voice_id))
    return library.find(wiring.backend(), ref)


def _urls(voice: Generation) -> tuple[list[str], list[str]]:
    """The URLs of samples, newest first, and of profiles."""
    backend = wiring.backend()
    files = sorted(library.files(backend, voice), key=lambda file: file.path, reverse=True)
    samples = [file for file in files if "/samples/" in file.path]
    profiles = [file for file in files if "/profiles/" in file.path]
    return (
        [backend.media.url(file) for file in samples],
        [backend.media.url(file) for file in profiles],
    )
