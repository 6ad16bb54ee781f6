"""Start an attempt: its job, its place in the quota, one commit, one call of /run.

`submit` and `clone` start a new generation, `retry` the next attempt of one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from firepod.domain import life
from firepod.domain.budget import check_budget
from firepod.domain.generation import Generation, GenerationRef, Job, Phase, Status
from firepod.domain.records import Key, Records
from firepod.domain.sign_in import SignIn
from firepod.kinds import registry
from firepod.kinds.fields import DRAWN_SEED_BITS, Field
from firepod.models.model import Model
from firepod.models.table import endpoint_of
from firepod.ports import Backend, Transition
from firepod.protocol.dialects import OWN
from firepod.protocol.runpod import NotReached
from firepod.usecases.steps.asking import Body, begin_body
from firepod.usecases.steps.endpoint import model_of, only_kept
from firepod.usecases.steps.keys import (
    check_request,
    check_same,
    generation_of,
    key_id_of,
    known_key,
    new_key,
)
from firepod.usecases.steps.launch import CALL_LEASE, enqueue_dispatch, launch

if TYPE_CHECKING:
    from firepod.kinds.validation import Request


@dataclass(frozen=True, slots=True)
class Started:
    """Which generation a call started, or had started before under the same idempotency key."""

    ref: GenerationRef
    status: Status
    duplicate: bool = False

    def answer(self) -> dict[str, Any]:
        """What `generate`, `cancel`, `retry` and `discard` return."""
        return {
            "file_uid": self.ref.file_uid,
            "user_id": self.ref.user_id,
            "media_type": str(self.ref.media_type),
            "status": str(self.status),
            "path": self.ref.path,
            "duplicate": self.duplicate,
        }


def start(
    backend: Backend,
    user_id: str,
    request: "Request",
    idempotency_key: str | None,
    sign_in: SignIn,
    model: str | None = None,
    inputs: Callable[[], None] | None = None,
) -> Started:
    """Queue a generation whose request has been checked, and hand it to RunPod.

    `inputs` raises if what it names may not be used; it is asked before anything is written.

    Raises:
        FailedPrecondition: RunPod refused.
        AlreadyExists: the idempotency key belongs to another request.
        ResourceExhausted: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    generation, job = build(backend, user_id, request, model)
    key_id = key = None
    if idempotency_key is not None:
        key_id = key_id_of(user_id, idempotency_key)
        key = new_key(backend, user_id, request, generation.ref, model)
    body = begin_body(backend, generation, job)
    claim = backend.store.transition(
        generation.ref,
        AcceptedOnce(backend, generation, job, key, sign_in, inputs),
        key_id=key_id,
        with_total=backend.settings.limits.total > 0,
        new=True,
    )
    if not claim.applied and claim.after.key is not None:
        return Started(generation_of(claim.after.key), Status.QUEUED, duplicate=True)
    if not claim.applied:
        left = claim.after.generation
        return Started(generation.ref, Status.CANCELLED if left is None else left.status)
    send(backend, claim, job, key_id, body)
    return Started(generation.ref, Status.QUEUED)


def send(
    backend: Backend,
    claim: Transition,
    job: Job,
    key_id: str | None = None,
    body: Body | None = None,
) -> None:
    """Hand an attempt that was just accepted to RunPod, now or by `dispatch`.

    Raises:
        FailedPrecondition: RunPod refused.
    """
    if isinstance(launch(backend, claim, key_id, body), NotReached):
        enqueue_dispatch(backend, job)


@dataclass(frozen=True)
class AcceptedOnce:
    """`Accepted`, unless its idempotency key has started something before."""

    backend: Backend = field(repr=False)
    generation: Generation
    job: Job
    key: Key | None
    sign_in: SignIn = field(repr=False)
    inputs: Callable[[], None] | None = field(default=None, repr=False)

    def __call__(self, records: Records) -> Records:
        self.sign_in.check()
        if self.inputs is not None:
            self.inputs()
        key, accepted = self.key, life.Accepted(self.generation, self.job)
        if key is not None:
            known = records.key
            expired = known is None or known.expires_at <= self.backend.clock.now()
            if known is not None and not expired and known.generation != key.generation:
                check_same(known, key.request_hash)
                return records
            records = replace(records, key=key)
        if records.generation is not None:
            # The id is new, so this is our own write, whose confirmation was lost. Its user may
            # have cancelled it meanwhile.
            untouched = records.job is not None and records.job.phase is Phase.SUBMITTING
            return accepted(records) if untouched else records
        return accepted(with_quota(self.backend, records, self.job, self.sign_in))


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
    check_request(known, user_id, request)
    return Started(generation_of(known), Status.QUEUED, duplicate=True)


def build(
    backend: Backend, user_id: str, request: "Request", model: str | None = None
) -> tuple[Generation, Job]:
    """The first state of a generation and its job, with ids and seed drawn."""
    clock, now = backend.clock, backend.clock.now()
    task = registry.task(request.task_type)
    request_data = request.recorded()
    if not request_data["extra"]:
        del request_data["extra"]
    generation = Generation(
        user_id=user_id,
        media_type=task.media_type,
        file_uid=task.kind.file_uid(request_data, now, clock.uid()),
        task_type=request.task_type,
        request_data=request_data,
        model=model,
        metadata=request.metadata or None,
        created_at=now,
        modified=now,
    )
    used = model_of(backend.settings, generation)
    for one in task.fields:
        if one.drawn and one.name not in request_data and used.takes(one.name):
            request_data[one.name] = _drawn(one, used, clock.seed(DRAWN_SEED_BITS))
    return generation, build_job(backend, generation, used)


def _drawn(field: Field, model: Model, chance: int) -> int:
    """A number by chance, within the bounds of its model."""
    bounds = model.bounds.get(field.name, {})
    low, high = bounds.get("min", field.low or 0), bounds.get("max", field.high)
    return int(chance if high is None else low + chance % (int(high - low) + 1))


def build_job(backend: Backend, generation: Generation, model: Model | None) -> Job:
    """A job of a generation's current attempt, claimed by this process for its call of /run.

    Without a model it is of what no endpoint makes: saved, or to be cleared away.
    """
    now, settings, request = backend.clock.now(), backend.settings, generation.request_data
    task = registry.task_of(generation)
    kept = model is not None and only_kept(model, generation.task_type)
    return Job(
        user_id=generation.user_id,
        media_type=generation.media_type,
        file_uid=generation.file_uid,
        attempt=generation.attempt,
        phase=Phase.SUBMITTING,
        endpoint_id="" if model is None or kept else endpoint_of(settings, model),
        model="" if model is None else model.id,
        dialect=OWN if model is None else model.dialect,
        outputs=() if kept else task.outputs(generation.ref, request, now),
        uploads=registry.uploads_of(generation.ref, request),
        created_at=now,
        check_at=now + CALL_LEASE,
        deadline_at=now + timedelta(seconds=settings.ttl_seconds) + CALL_LEASE,
        units=task.units(request) * (1 if model is None or kept else model.weight),
    )


def with_quota(backend: Backend, records: Records, job: Job, sign_in: SignIn) -> Records:
    """The records with one more running attempt in the user's quota.

    Raises:
        ResourceExhausted: a limit of the user, or of all users together.
        FailedPrecondition: guests may not generate.
    """
    limits, now = backend.settings.limits, backend.clock.now()
    check_budget(records.total, job.units, now=now, limit=limits.total)
    return replace(
        records,
        quota=records.quota.taken(
            job.lease,
            job.units,
            until=job.deadline_at + life.LEASE_MARGIN,
            now=job.created_at,
            limits=limits,
            guest=sign_in.guest,
        ),
    )
