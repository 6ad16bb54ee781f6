"""Hand a job to RunPod, once, and record what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from firepod import logs
from firepod.domain import housekeeping, life
from firepod.domain.errors import FailedPrecondition
from firepod.domain.generation import (
    ErrorCode,
    Generation,
    Job,
    Phase,
    RunpodJob,
    Status,
)
from firepod.domain.records import Records
from firepod.ports import Backend, Transition
from firepod.protocol.runpod import (
    Accepted,
    NotReached,
    Refused,
    Submission,
    Unknown,
)
from firepod.usecases.steps.asking import Body, run_body
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.keep import keep
from firepod.usecases.steps.looking import first_look, look_soon
from firepod.usecases.steps.queueing import later
from firepod.usecases.steps.stop import stop_at_runpod

# A process that calls /run has its answer, or has died, after this (connect 3 s, read 10 s).
CALL_LEASE = timedelta(seconds=30)
DISPATCH_DELAY_SECONDS = 2
REFUSED = "The generation service refused this request. Its operator has to look at it."


def launch(
    backend: Backend, claim: Transition, key_id: str | None = None, body: Body | None = None
) -> Submission | None:
    """Call /run for a job that this process has just claimed (phase SUBMITTING).

    `body` is what is sent, where it was begun before the claim. None where nothing is to be asked
    of RunPod.

    Raises:
        FailedPrecondition: RunPod refused the job; the generation is failed, the quota free.
    """
    generation, job = claim.after.generation, claim.after.job
    if generation is None or job is None:
        msg = "nothing was claimed"
        raise ValueError(msg)
    if not job.endpoint_id:
        return _kept(backend, claim, generation, job)
    outcome, sentence = _sent(backend, generation, job, body)
    logs.job_submitted(job, outcome)
    attempt, now = generation.attempt, backend.clock.now()
    match outcome:
        case Accepted(job_id):
            look = now + first_look(backend, generation, job)
            known = backend.store.transition(
                job.ref,
                housekeeping.Submitted(attempt, job_id, look),
                since=claim,
            )
            if _is_unwanted(known.after, attempt):
                at_runpod = RunpodJob(job.endpoint_id, job_id)
                stop_at_runpod(backend, job, attempt, at_runpod, since=known)
            else:
                look_soon(backend, generation, job)
        case Refused():
            backend.store.transition(
                job.ref,
                RefusedByRunpod(job, now, expiry(backend, now), sentence),
                key_id=key_id,
            )
            raise FailedPrecondition(sentence, {"file_uid": generation.file_uid})
        case NotReached():
            look = now + CALL_LEASE
            backend.store.transition(
                job.ref,
                NotReachedBy(job, look),
                since=claim,
            )
        case Unknown():
            look = now + timedelta(seconds=backend.settings.reconcile_after_seconds)
            backend.store.transition(
                job.ref,
                housekeeping.PutOff(attempt, Phase.UNKNOWN, look),
                since=claim,
            )
    return outcome


def _sent(
    backend: Backend, generation: Generation, job: Job, begun: Body | None
) -> tuple[Submission, str]:
    """What came of the call, and a sentence for where it was refused."""
    try:
        body = run_body(backend, generation, job) if begun is None else begun()
    except FailedPrecondition as refused:
        return Refused(0), refused.message
    except Exception as error:  # noqa: BLE001 (whatever Storage says to a request for a URL)
        logs.unexpected("preparing a job", error)
        return NotReached(), ""  # nothing was sent, so it can be tried again
    return backend.gpu.run(job.endpoint_id, body), REFUSED


def enqueue_dispatch(backend: Backend, job: Job) -> None:
    """Have /run called later; if that cannot be queued, `reconcile` finds the job by itself."""
    payload = {"file_uid": job.file_uid}
    later(backend, "dispatch", payload, delay_seconds=DISPATCH_DELAY_SECONDS)


def _kept(
    backend: Backend, claim: Transition, generation: Generation, job: Job
) -> Submission | None:
    """Of what no endpoint makes; what Storage does not take now waits for `dispatch`."""
    try:
        keep(backend, generation, job, claim)
    except Exception as error:  # noqa: BLE001 (whatever Storage says)
        logs.unexpected("keeping a recording", error)
        look = backend.clock.now() + CALL_LEASE
        backend.store.transition(job.ref, NotReachedBy(job, look))
        return NotReached()
    return None


def _is_unwanted(records: Records, attempt: int) -> bool:
    """Whether an attempt was cancelled, discarded or begun anew while /run was under way."""
    generation = records.generation
    if generation is None or generation.attempt != attempt:
        return True
    return generation.status.terminal and generation.status is not Status.COMPLETED


@dataclass(frozen=True)
class NotReachedBy:
    """RunPod certainly has nothing of the job: it waits or, if it is over, frees its place."""

    job: Job
    look: datetime

    def __call__(self, records: Records) -> Records:
        waiting = housekeeping.PutOff(self.job.attempt, Phase.WAITING, self.look)
        free = housekeeping.Stopped(self.job.file_uid, self.job.attempt)
        return free(waiting(records))


@dataclass(frozen=True)
class RefusedByRunpod:
    """RunPod did not take the job and never will."""

    job: Job
    now: datetime
    expires_at: datetime | None
    sentence: str = REFUSED

    def __call__(self, records: Records) -> Records:
        job = self.job
        ended = life.Failed(
            job.attempt, ErrorCode.REJECTED, self.sentence, now=self.now, expires_at=self.expires_at
        )(records)
        if ended is records:
            return housekeeping.Stopped(job.file_uid, job.attempt)(records)
        # Nothing was started, so the caller's idempotency key is free again.
        return replace(ended, key=None)
