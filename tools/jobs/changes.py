"""What an operator may do to one generation: each is a use case or a change that there was before.

All of them run on a `watched` backend, which notes what they change, and does it with --yes only.
"""

from dataclasses import dataclass, field

from firepod.domain import housekeeping, life
from firepod.domain.errors import FailedPrecondition, Unauthenticated
from firepod.domain.generation import ErrorCode, Generation, GenerationRef, Job, Phase
from firepod.domain.records import Records
from firepod.domain.sign_in import SignIn
from firepod.ports import Backend
from firepod.protocol.runpod import JobReport, RunpodStatus, without_media
from firepod.protocol.tokens import Callback
from firepod.usecases.callback import callback
from firepod.usecases.retry import NextAttempt
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.look import look_after
from firepod.usecases.steps.stop import stop

MAX_WHY_CHARS = 300  # as long as a sentence of a worker's may be


def reconcile(backend: Backend, ref: GenerationRef, *, looks_here: bool) -> None:
    """Look after its job now: here, or by the deployment's next sweep.

    What waits for its call of /run is the deployment's, which signs what a job is sent.

    Raises:
        FailedPrecondition: it has no job, or its call of /run may still be under way.
        Unavailable: something does not answer.
    """
    job = _job(backend, ref)
    now = backend.clock.now()
    nameless = job.phase in {Phase.SUBMITTING, Phase.UNKNOWN} and job.runpod_job_id is None
    if nameless and now < job.check_at:
        raise FailedPrecondition("Its call of /run may still be under way: try in half a minute.")
    if looks_here and job.phase is not Phase.WAITING and job.endpoint_id:
        look_after(backend, job)
    else:
        backend.store.set_aside(job.file_uid, now)


def fail(backend: Backend, ref: GenerationRef, why: str) -> None:
    """End it as `failed`, `stopped`, with the operator's sentence; RunPod's job is stopped.

    Raises:
        FailedPrecondition: it has ended, or nothing of ours runs for it.
    """
    generation = _live(backend, ref)
    now = backend.clock.now()
    change = life.Failed(
        generation.attempt, ErrorCode.STOPPED, why, now=now, expires_at=expiry(backend, now)
    )
    ended = backend.store.transition(ref, change)
    if not ended.applied:
        raise FailedPrecondition(
            "It has no job of this attempt, so nothing of ours runs for it."
            " Its user can cancel or discard it."
        )
    stop(backend, ended)


def requeue(backend: Backend, ref: GenerationRef) -> None:
    """A new attempt, as its user's `retry` would start; the next sweep hands it to RunPod.

    Raises:
        FailedPrecondition: it has not ended, or it ended well; its model is not served any more;
            its user's account is gone.
        ResourceExhausted: a limit of the user's.
    """
    now = backend.clock.now()

    def check() -> None:
        try:
            if backend.settings.check_revoked:
                backend.users.check(ref.user_id, int(now.timestamp()))
        except Unauthenticated as error:
            raise FailedPrecondition("The account of its user is gone or disabled.") from error

    change = Requeued(NextAttempt(backend, SignIn(check=check)), backend)
    begun = backend.store.transition(ref, change, with_total=backend.settings.limits.total > 0)
    if not begun.applied:
        raise FailedPrecondition("There is no document of it any more.")


@dataclass(frozen=True)
class Requeued:
    """`NextAttempt`, which then waits: RunPod has nothing of it until the deployment calls /run."""

    attempt: NextAttempt
    backend: Backend = field(repr=False)

    def __call__(self, records: Records) -> Records:
        queued = self.attempt(records)
        if queued.generation is None or queued is records:
            return records
        now = self.backend.clock.now()
        wait = housekeeping.PutOff(queued.generation.attempt, Phase.WAITING, now)
        return wait(queued)


def replay(backend: Backend, ref: GenerationRef, report: JobReport | None) -> None:
    """A callback as RunPod would send it, with what RunPod says of the job now or with `report`.

    Raises:
        FailedPrecondition: no callback could change anything, and why.
        Unavailable: something does not answer.
    """
    _live(backend, ref)
    job = _job(backend, ref)
    if report is None:
        report = _asked(backend, job)
    elif job.runpod_job_id is not None and report.job_id != job.runpod_job_id:
        raise FailedPrecondition(
            f"The body is about RunPod's job {report.job_id or '(none)'},"
            f" and this attempt's is {job.runpod_job_id}."
        )
    if not report.status.ended:
        raise FailedPrecondition(f"RunPod says {report.status}: it would not call back yet.")
    callback(backend, Callback(ref, job.attempt, job.deadline_at), without_media(report))


def _asked(backend: Backend, job: Job) -> JobReport:
    if job.at_runpod is None:
        raise FailedPrecondition(
            "The id of RunPod's job is not known, so RunPod cannot be asked. Give --body FILE."
        )
    report = backend.gpu.status(job.at_runpod.endpoint_id, job.at_runpod.job_id)
    if report.status is RunpodStatus.GONE:
        raise FailedPrecondition(
            "RunPod knows this job no more, so there is nothing to replay."
            " `reconcile` decides by what is in Storage."
        )
    return report


def _live(backend: Backend, ref: GenerationRef) -> Generation:
    generation = backend.store.find(ref)
    if generation is None:
        raise FailedPrecondition(
            "Its document is gone, so it has ended. `reconcile` clears its job away."
        )
    if generation.status.terminal:
        code = f", {generation.error_code}" if generation.error_code else ""
        raise FailedPrecondition(f"It has ended: {generation.status}{code}.")
    return generation


def _job(backend: Backend, ref: GenerationRef) -> Job:
    job = backend.store.find_job(ref.file_uid)
    if job is None or job.ref != ref:
        raise FailedPrecondition("It has no job, so there is nothing left to look after.")
    return job
