"""Start a generation: everything that is checked, written and called for it."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from firepod import logs
from firepod.domain import life
from firepod.domain.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from firepod.domain.generation import (
    Generation,
    GenerationRef,
    Job,
    MediaType,
    Phase,
    Status,
)
from firepod.domain.records import Key, Records
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import paths, registry
from firepod.kinds.fields import DRAWN_SEED_BITS
from firepod.ports import Backend
from firepod.protocol.runpod import NotReached
from firepod.usecases.steps.attempt import Started, build_job, with_quota
from firepod.usecases.steps.launch import enqueue_dispatch, launch

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

KEY_LIFETIME = timedelta(hours=24)
MAX_KEY_CHARS = 128
MAX_UPLOAD_BYTES = 25 * 1024 * 1024


def submit(
    backend: Backend,
    user_id: str,
    request: "Request",
    idempotency_key: str | None = None,
    sign_in: SignIn = REGISTERED,
) -> Started:
    """Queue a generation and hand it to RunPod; never waits for a GPU.

    Raises:
        InvalidArgument: an input that is not the caller's or not what it should be.
        NotFound, FailedPrecondition: the voice is not there, or not ready; RunPod refused.
        AlreadyExists: the idempotency key belongs to another request.
        ResourceExhausted: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    _check_inputs(backend, user_id, request)
    generation, job = build(backend, user_id, request)
    key_id = None
    key = None
    if idempotency_key is not None:
        key_id = key_id_of(user_id, idempotency_key)
        key = Key(
            request_hash=_hash_of(user_id, request),
            generation=generation.ref.path,
            expires_at=backend.world.now() + KEY_LIFETIME,
        )

    claim = backend.store.transition(
        generation.ref,
        lambda records: _accepted(backend, records, generation, job, key, sign_in),
        key_id=key_id,
        with_total=backend.settings.limits.total > 0,
    )
    if not claim.applied and claim.after.key is not None:
        return Started(_ref_of(claim.after.key.generation), Status.QUEUED, duplicate=True)
    if not claim.applied:
        status = (
            Status.CANCELLED if claim.after.generation is None else claim.after.generation.status
        )
        return Started(generation.ref, status)
    logs.generation_queued(generation)
    if isinstance(launch(backend, claim, key_id), NotReached):
        enqueue_dispatch(backend, job)
    return Started(generation.ref, Status.QUEUED)


def started_before(
    backend: Backend, user_id: str, request: "Request", idempotency_key: str | None
) -> Started | None:
    """What this request has started under its key, if anything: for what costs before `submit`.

    Raises:
        AlreadyExists: the idempotency key belongs to another request.
    """
    known = known_key(backend, user_id, idempotency_key)
    if known is None:
        return None
    _check_same(known, _hash_of(user_id, request))
    return Started(_ref_of(known.generation), Status.QUEUED, duplicate=True)


def known_key(backend: Backend, user_id: str, idempotency_key: str | None) -> Key | None:
    """An idempotency key that has started something in the last 24 hours."""
    if idempotency_key is None:
        return None
    known = backend.store.find_key(key_id_of(user_id, idempotency_key))
    return known if known is not None and known.expires_at > backend.world.now() else None


def build(backend: Backend, user_id: str, request: "Request") -> tuple[Generation, Job]:
    """The first state of a generation and its job, with ids and seed drawn."""
    world, now = backend.world, backend.world.now()
    task = registry.task(request.task_type)
    request_data = request.model_dump(exclude={"task_type"})
    if not request_data["extra"]:
        del request_data["extra"]
    if "seed" in request_data and request_data["seed"] is None:
        request_data["seed"] = world.seed(DRAWN_SEED_BITS)
    generation = Generation(
        user_id=user_id,
        media_type=task.media_type,
        file_uid=task.kind.file_uid(request_data, now, world.uid()),
        task_type=request.task_type,
        request_data=request_data,
        created_at=now,
        modified=now,
    )
    return generation, build_job(backend, generation)


def parse_key(value: object) -> str | None:
    """An idempotency key as a caller sent it; None if there is none.

    Raises:
        InvalidArgument: it is no text of 1 to 128 characters.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_KEY_CHARS:
        raise InvalidArgument.of(
            "idempotency_key", f"must be a text of 1 to {MAX_KEY_CHARS} characters"
        )
    return value


def _accepted(
    backend: Backend,
    records: Records,
    generation: Generation,
    job: Job,
    key: Key | None,
    sign_in: SignIn,
) -> Records:
    sign_in.check()
    if key is not None:
        known = records.key
        expired = known is None or known.expires_at <= backend.world.now()
        if known is not None and not expired and known.generation != key.generation:
            _check_same(known, key.request_hash)
            return records
        records = replace(records, key=key)
    if records.generation is not None:
        # The id is new, so this is our own write, whose confirmation was lost. Its user may have
        # cancelled it meanwhile.
        untouched = records.job is not None and records.job.phase is Phase.SUBMITTING
        return life.Accepted(generation, job)(records) if untouched else records
    return life.Accepted(generation, job)(with_quota(backend, records, job, sign_in))


def _check_inputs(backend: Backend, user_id: str, request: "Request") -> None:
    for field in registry.task(request.task_type).fields:
        path, name = getattr(request, field.name), field.name
        if field.kind == "voice":
            check_voice(backend, GenerationRef(user_id, MediaType.VOICES, path))
        if field.file is None or path is None:
            continue
        if not paths.owned_input(path, user_id):
            raise InvalidArgument.of(
                name, "must be the path of a file of yours in Storage, below uploads/{your uid}/"
            )
        file = backend.media.stat(path)
        if file is None:
            raise InvalidArgument.of(name, "names no file; upload it first")
        if not file.content_type.startswith(field.file.prefixes):
            raise InvalidArgument.of(name, f"must be of a type {field.file.prefixes[0]}*")
        if file.packed:
            raise InvalidArgument.of(name, "is compressed for its transfer; upload it as it is")
        if file.size_bytes > MAX_UPLOAD_BYTES:
            raise InvalidArgument.of(name, "is larger than 25 MiB")


def check_voice(backend: Backend, ref: GenerationRef) -> None:
    """Raise NotFound or FailedPrecondition unless this voice is there and completed."""
    found = backend.store.find(ref)
    if found is None:
        raise NotFound("You have no voice with this id.")
    if found.status is not Status.COMPLETED:
        state = "has failed" if found.status.terminal else "is not finished yet"
        raise FailedPrecondition(
            f"This voice {state}; speech needs a completed one.", {"status": str(found.status)}
        )


def _check_same(known: Key, request_hash: str) -> None:
    if known.request_hash != request_hash:
        raise AlreadyExists(
            "This idempotency key was used for another request in the last 24 hours."
        )


def key_id_of(user_id: str, idempotency_key: str) -> str:
    """The name of a key's document, which tells neither user nor key."""
    return _digest(user_id, idempotency_key)


def _hash_of(user_id: str, request: "Request") -> str:
    # By name, so that the order in which a task declares its fields says nothing.
    return _digest(user_id, json.dumps(request.model_dump(), sort_keys=True))


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _ref_of(path: str) -> GenerationRef:
    _, user_id, media_type, file_uid = path.split("/")
    return GenerationRef(user_id, MediaType(media_type), file_uid)
