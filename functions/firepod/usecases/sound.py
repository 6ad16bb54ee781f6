"""A user's voices and speech in the shapes that the voice documents print: made, listed, files."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from firepod.domain.generation import Generation, GenerationRef, Status, StoredFile
from firepod.domain.samples import samples_of
from firepod.kinds.registry import task_of
from firepod.ports import Backend
from firepod.usecases.steps.find import files as files_of
from firepod.usecases.steps.find import find

# Cloud Run answers with at most 32 MiB, and base64 makes four bytes of three.
MAX_INLINE_BYTES = 20 * 1024 * 1024


def made(backend: Backend, done: Generation, *, inline: bool = False) -> dict[str, Any]:
    """A completed one; `inline` puts the media themselves in, too.

    Raises:
        NotFound, FailedPrecondition: as `steps/find.py`.
    """
    found = _answered(files_of(backend, done))
    texts = _texts(backend, found) if inline else []
    links = task_of(done).links(_urls(backend, found))
    return {
        "status": "success",
        **_named(done),
        **(task_of(done).pack(texts) if texts else {}),
        "metadata": _metadata(done, links),
    }


def listed(one: Generation) -> dict[str, Any]:
    """One in the library, from its document alone; `metadata` comes with its completion."""
    links = None
    if one.status is Status.COMPLETED:
        data = one.generation_data or {}
        names = task_of(one).links(["", ""])
        links = {name: data[name] for name in names if name in data}
    return {
        **_named(one),
        "status": one.status,
        "created_at": one.created_at,
        "completed_at": one.completed_at,
        "error": one.error,
        "size_bytes": one.size_bytes,
        "metadata": None if links is None else _metadata(one, links),
    }


def voice_files(backend: Backend, ref: GenerationRef) -> dict[str, Any]:
    """All URLs of a voice: of its samples, newest first, and of its profiles.

    Raises:
        NotFound, FailedPrecondition: as `steps/find.py`.
    """
    voice = find(backend, ref)
    found = {file.path: file for file in files_of(backend, voice)}
    samples = _urls(backend, [found[path] for path in samples_of(voice)])
    profiles = _urls(backend, [file for path, file in found.items() if "/profiles/" in path])
    links = task_of(voice).links([samples[0], *profiles[:1]])
    return {
        **_named(voice),
        "firebase_urls": {**links, "sample_urls": samples, "profile_urls": profiles},
        "shared_access": True,
    }


def newest_sample(backend: Backend, ref: GenerationRef) -> str:
    """Where the newest sample of a voice is.

    Raises:
        NotFound, FailedPrecondition: as `steps/find.py`.
    """
    voice = find(backend, ref)
    return _urls(backend, files_of(backend, voice, samples_of(voice)[:1]))[0]


def speech_url(backend: Backend, ref: GenerationRef) -> str:
    """Where speech is.

    Raises:
        NotFound, FailedPrecondition: as `steps/find.py`.
    """
    return _urls(backend, files_of(backend, find(backend, ref)))[0]


def _named(one: Generation) -> dict[str, Any]:
    named = task_of(one).named
    return named(one.request_data, one.file_uid) if named else {}


def _metadata(done: Generation, links: dict[str, Any]) -> dict[str, Any]:
    return {
        "firebase_urls": links,
        "shared_access": True,
        "uploaded_at": _utc(done.completed_at),
    }


def _answered(files: Sequence[StoredFile]) -> list[StoredFile]:
    """Those that an answer tells of: the first one, and the profile of a voice that has one."""
    return [*files[:1], *(one for one in files[1:] if "/profiles/" in one.path)]


def _urls(backend: Backend, files: Sequence[StoredFile]) -> list[str]:
    return [backend.storage.url(file) for file in files]


def _texts(backend: Backend, files: Sequence[StoredFile]) -> list[str]:
    """The files as base64, or nothing at all if that is more than an answer can hold."""
    if sum(file.size_bytes for file in files) > MAX_INLINE_BYTES:
        return []
    found = [backend.storage.read(file.path, MAX_INLINE_BYTES) for file in files]
    whole = [base64.b64encode(data).decode() for data in found if data is not None]
    return whole if len(whole) == len(files) else []


def _utc(moment: datetime | None) -> str:
    """A time as these documents write it: 2025-07-25T16:30:00Z."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
