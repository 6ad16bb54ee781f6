"""Keep what a user made with RunPod by itself: a voice, or speech.

It becomes a completed generation like any other: same names, same owner, same library. It counts
for the day's limit, because it takes Storage, but not for the running ones, because nothing runs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from firepod.domain import housekeeping, life
from firepod.domain.errors import InvalidArgument, Unavailable
from firepod.domain.generation import Generation, GenerationRef, Job, MediaType, Phase
from firepod.domain.quota import Limits
from firepod.domain.records import Records
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import (
    catalog,
    formats,
    paths,
    profiles,
    recordings,
    registry,
    results,
    validation,
)
from firepod.kinds.file_names import named
from firepod.kinds.units import STORED_ONLY
from firepod.ports import Backend
from firepod.usecases.steps import proposed
from firepod.usecases.steps.attempt import build_job
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.inputs import check_voice

# Storing a few megabytes takes seconds; what is not done after this was left by a dead process.
STORING_LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SavedVoice:
    """A voice as a client has it; of `metadata` its flat entries are kept."""

    name: Any
    audio: bytes
    profile: bytes
    metadata: dict[str, Any]
    proposed_id: Any = None  #: in the answer of the worker that made it


@dataclass(frozen=True, slots=True)
class SavedSpeech:
    """Speech as a client has it; of `metadata` its flat entries are kept."""

    voice_id: Any
    text: Any
    audio: bytes
    metadata: dict[str, Any]
    proposed_id: Any = None  #: in the answer of the worker that made it


def save_voice(
    backend: Backend,
    user_id: str,
    saved: SavedVoice,
    sign_in: SignIn = REGISTERED,
) -> Generation:
    """Keep a voice: its sample (WAV, MP3 or Ogg) and its profile (.npy).

    Raises:
        InvalidArgument: the name, the sample or the profile is not what it should be.
        ResourceExhausted: the day's limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    # What is no part of the task here is filled with something that fits.
    task = {"task_type": "voice_clone", "name": saved.name, "audio": paths.UPLOADS}
    catalog.parse_request(task)
    request_data = {"name": saved.name, **_format(saved.audio), **_kept(saved.metadata)}
    profiles.check(saved.profile)
    own = paths.voice_id(saved.name, backend.clock.uid())
    names = (proposed.voice_id(saved.proposed_id, saved.name), own)
    saving = _held(backend, user_id, "voice_clone", request_data, names)
    return _save(backend, saving, [saved.audio, saved.profile], sign_in)


def save_speech(
    backend: Backend,
    user_id: str,
    saved: SavedSpeech,
    sign_in: SignIn = REGISTERED,
) -> Generation:
    """Keep speech (WAV, MP3 or Ogg).

    A voice id as we make them must name a completed voice of the caller's. Others are names that
    only the caller's own endpoint knows, and are kept as such.

    Raises:
        InvalidArgument: the text, the name of the voice, or the sound is none.
        NotFound, FailedPrecondition: the voice is not there, or not ready.
        ResourceExhausted: the day's limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    voice = saved.voice_id
    if not isinstance(voice, str) or not paths.is_voice_name(voice):
        raise InvalidArgument.of("voice_id", "must be letters, digits, - and _, 80 at most")
    ours = paths.is_voice_id(voice)
    task = {"task_type": "tts", "voice_id": voice if ours else "voice_0", "text": saved.text}
    catalog.parse_request(task)
    told = {"voice_id": voice, "text": saved.text}
    request_data = {**told, **_format(saved.audio), **_kept(saved.metadata)}
    if ours:
        check_voice(backend, GenerationRef(user_id, MediaType.VOICES, voice))
    clock = backend.clock
    own = paths.generation_id(clock.now(), clock.uid())
    names = (proposed.generation_id(saved.proposed_id), own)
    saving = _held(backend, user_id, "tts", request_data, names)
    return _save(backend, saving, [saved.audio], sign_in)


@dataclass(frozen=True, slots=True)
class _Saving:
    """What is about to be stored, under its name, and the job that announces its files."""

    generation: Generation
    job: Job


def _held(
    backend: Backend,
    user_id: str,
    task_type: str,
    request_data: dict[str, Any],
    names: tuple[str | None, str],
) -> _Saving:
    """Under the proposed name, if there is one and it is nobody's; else under our own."""
    wanted, own = names
    if wanted is not None:
        saving = _saving(backend, user_id, task_type, request_data, wanted)
        if proposed.hold(backend, saving.generation.ref, saving.job):
            return saving
    return _saving(backend, user_id, task_type, request_data, own)


def _saving(
    backend: Backend, user_id: str, task_type: str, request_data: dict[str, Any], file_uid: str
) -> _Saving:
    now = backend.clock.now()
    generation = Generation(
        user_id=user_id,
        media_type=registry.media_type_of(task_type),
        file_uid=file_uid,
        task_type=task_type,
        request_data=request_data,
        created_at=now,
        modified=now,
    )
    job = build_job(backend, generation, None)
    return _Saving(generation, replace(job, phase=Phase.STOPPING, check_at=now + STORING_LEASE))


def _save(backend: Backend, saving: _Saving, data: Sequence[bytes], sign_in: SignIn) -> Generation:
    """Announce the files, store them, record them: whenever this dies, nothing stays unseen."""
    generation, job = saving.generation, saving.job
    ref, now = generation.ref, job.created_at
    begun = backend.store.transition(ref, BegunSaving(job, backend.settings.limits, sign_in))
    files = [
        backend.storage.put(output, one, owner=ref.user_id, attempt=job.attempt)
        for output, one in zip(named(job.outputs, generation.request_data), data, strict=True)
    ]
    shown = [
        results.Shown(file, backend.storage.share(file), recordings.facts(file.content_type, one))
        for file, one in zip(files, data, strict=True)
    ]
    description = results.describe(generation, shown)
    ended = backend.store.transition(
        ref,
        life.Saved(
            job,
            generation,
            tuple(files),
            description,
            now=backend.clock.now(),
            expires_at=expiry(backend, now),
        ),
        since=begun,
    )
    after = ended.after.generation
    if after is None:
        backend.storage.delete(
            [file.path for file in files], owner=job.user_id, upto_attempt=job.attempt
        )
        raise Unavailable("This took too long to be stored. Try again.")
    return after


@dataclass(frozen=True)
class BegunSaving:
    """`Saving`, which counts for the day of its user."""

    job: Job
    limits: Limits
    sign_in: SignIn = field(repr=False)

    def __call__(self, records: Records) -> Records:
        self.sign_in.check()
        if records.job == self.job:
            return records  # our own write, whose confirmation was lost
        quota = records.quota.counted(
            STORED_ONLY, now=self.job.created_at, limits=self.limits, guest=self.sign_in.guest
        )
        return housekeeping.Saving(self.job)(replace(records, quota=quota))


def _format(audio: bytes) -> dict[str, str]:
    """What sound is kept as: as what it came."""
    kept = formats.of_type(recordings.check_speech(audio))
    return {} if kept is None else {formats.NAME: kept.name}


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(metadata)) > validation.MAX_EXTRA_BYTES:
        raise InvalidArgument.of("metadata", "is larger than 8 KiB")
    flat = {k: v for k, v in metadata.items() if isinstance(v, str | int | float | bool)}
    try:
        extra = validation.WithExtra.model_validate({"extra": flat}).extra
    except ValueError:
        raise InvalidArgument.of("metadata", "holds something that cannot be stored") from None
    return {"extra": extra} if extra else {}
