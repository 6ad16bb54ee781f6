"""Voices and speech as the worker answers with them, too (docs/contract.md, 5 and 6)."""

import base64
import json
from typing import Any, Protocol

from flask import Response, g, jsonify
from pydantic import BaseModel

from firepod import wiring
from firepod.domain.errors import FailedPrecondition, InvalidArgument
from firepod.domain.generation import Generation, Status, StoredFile
from firepod.entrypoints.rest import answers, voice_answers, waiting
from firepod.entrypoints.rest.problems import GenerationNotFound
from firepod.entrypoints.rest.shares import LARGE, LARGE_PATIENCE_SECONDS
from firepod.kinds import paths, validation
from firepod.usecases import library
from firepod.usecases.steps.attempt import Started

# Cloud Run answers with at most 32 MiB, and base64 makes four bytes of three.
MAX_INLINE_BYTES = 20 * 1024 * 1024
SMALL_BYTES = 1024 * 1024
NOT_COMPLETED = "This was cancelled before it was completed."


class Build(Protocol):
    """`voice` or `speech`."""

    def __call__(self, done: Generation, *, inline: bool) -> BaseModel: ...


def answer(started: Started, seconds: int, build: Build) -> Response:
    """What came of it, if it ended in time; else 202 and where to look.

    The media themselves are in it unless they are large and others' large ones are on their way.

    Raises:
        FailedPrecondition: it ended, but not well.
    """
    done = waiting.finished(started, seconds)
    if done is None:
        return waiting.applied(waiting.accepted(started))
    if done.status is not Status.COMPLETED:
        details = {"file_uid": done.file_uid, "status": str(done.status)}
        if done.error_code:
            details["error_code"] = str(done.error_code)
        raise FailedPrecondition(done.error or NOT_COMPLETED, details)
    if (done.size_bytes or 0) <= SMALL_BYTES:
        return waiting.applied(jsonify(answers.shown(build(done, inline=True))))
    with LARGE.held(g.user_id, LARGE_PATIENCE_SECONDS) as held:
        return waiting.applied(jsonify(answers.shown(build(done, inline=held))))


def voice(done: Generation, *, inline: bool = False) -> voice_answers.Voice:
    """A completed voice; `inline` puts the media themselves in, too."""
    files = library.files(wiring.backend(), done)
    sample, profile = _inline(files) if inline else (None, None)
    return voice_answers.Voice(
        status="success",
        voice_id=done.file_uid,
        voice_name=done.request_data["name"],
        audio_base64=sample,
        profile_base64=profile,
        metadata=_voice_metadata(done, *_urls(files)),
        urls=answers.urls(done.ref),
    )


def speech(done: Generation, *, inline: bool = False) -> voice_answers.Speech:
    """Completed speech; `inline` puts the sound itself in, too."""
    files = library.files(wiring.backend(), done)
    return voice_answers.Speech(
        status="success",
        generation_id=done.file_uid,
        voice_id=done.request_data["voice_id"],
        text=done.request_data["text"],
        audio_base64=_inline(files)[0] if inline else None,
        metadata=_speech_metadata(done, *_urls(files)),
        urls=answers.urls(done.ref),
    )


def library_voice(one: Generation) -> voice_answers.LibraryVoice:
    """A voice as the library lists it, from its document alone."""
    data = one.generation_data or {}
    metadata = None
    if one.status is Status.COMPLETED:
        metadata = _voice_metadata(one, data["sample_url"], data["profile_url"])
    return voice_answers.LibraryVoice(
        voice_id=one.file_uid,
        voice_name=one.request_data["name"],
        metadata=metadata,
        **_common(one),
    )


def library_speech(one: Generation) -> voice_answers.LibrarySpeech:
    """Speech as the library lists it, from its document alone."""
    data = one.generation_data or {}
    metadata = None
    if one.status is Status.COMPLETED:
        metadata = _speech_metadata(one, data["tts_url"])
    return voice_answers.LibrarySpeech(
        generation_id=one.file_uid,
        voice_id=one.request_data["voice_id"],
        text=one.request_data["text"],
        metadata=metadata,
        **_common(one),
    )


def document_id(text: str) -> str:
    """A path segment as a `file_uid`.

    Raises:
        NotFound: it cannot be one.
    """
    if not paths.is_file_uid(text):
        raise GenerationNotFound
    return text


def kept(metadata: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a client's metadata: flat entries, as in `extra` of a task.

    Raises:
        InvalidArgument: they are too large.
    """
    if len(json.dumps(metadata)) > validation.MAX_EXTRA_BYTES:
        raise InvalidArgument.of("metadata", "is larger than 8 KiB")
    flat: dict[str, Any] = {
        k: v for k, v in metadata.items() if isinstance(v, str | int | float | bool)
    }
    try:
        extra = validation.WithExtra(extra=flat).extra
    except ValueError:
        raise InvalidArgument.of("metadata", "holds something that cannot be stored") from None
    return {"extra": extra} if extra else {}


def _common(one: Generation) -> dict[str, Any]:
    return {
        "status": one.status,
        "created_at": one.created_at,
        "completed_at": one.completed_at,
        "error": one.error,
        "size_bytes": one.size_bytes,
        "urls": answers.urls(one.ref),
    }


def _voice_metadata(one: Generation, sample: str, profile: str) -> voice_answers.VoiceMetadata:
    return voice_answers.VoiceMetadata(
        firebase_urls=voice_answers.VoiceUrls(sample_url=sample, profile_url=profile),
        shared_access=True,
        uploaded_at=answers.utc(one.completed_at),
    )


def _speech_metadata(one: Generation, url: str) -> voice_answers.SpeechMetadata:
    return voice_answers.SpeechMetadata(
        firebase_urls=voice_answers.SpeechUrls(tts_url=url),
        shared_access=True,
        uploaded_at=answers.utc(one.completed_at),
    )


def _urls(files: list[StoredFile]) -> list[str]:
    media = wiring.backend().media
    return [media.url(file) for file in files]


def _inline(files: list[StoredFile]) -> list[str | None]:
    """The files as base64, or nothing at all if that is more than an answer can hold."""
    if sum(file.size_bytes for file in files) > MAX_INLINE_BYTES:
        return [None] * len(files)
    media = wiring.backend().media
    found = [media.read(file.path, MAX_INLINE_BYTES) for file in files]
    return [None if data is None else base64.b64encode(data).decode() for data in found]
