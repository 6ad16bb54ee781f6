"""Call /run for a generation whose first call did not reach RunPod."""

from firepod import logs
from firepod.domain import housekeeping, life
from firepod.domain.errors import FailedPrecondition, Unavailable
from firepod.domain.generation import ErrorCode, Phase
from firepod.ports import Backend
from firepod.protocol.runpod import NotReached
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.launch import CALL_LEASE, launch

EXPIRED = "No worker could be had in time. Nothing was charged; it can be tried again."


def dispatch(backend: Backend, file_uid: str) -> None:
    """Claim the waiting job, call /run once.

    Raises:
        Unavailable: RunPod is out of reach still; the task queue comes again later.
    """
    job = backend.store.find_job(file_uid)
    if job is None or job.phase is not Phase.WAITING:
        return  # the task came again; the job is in other hands
    now, attempt = backend.world.now(), job.attempt
    if now >= job.deadline_at:
        ended = backend.store.transition(
            job.ref,
            life.Failed(
                attempt,
                ErrorCode.EXPIRED,
                EXPIRED,
                now=now,
                expires_at=expiry(backend, now),
            ),
        )
        logs.generation_ended(ended, "dispatch")
        return
    claim = backend.store.transition(job.ref, housekeeping.Dispatching(attempt, now + CALL_LEASE))
    if not claim.applied:
        return
    try:
        outcome = launch(backend, claim)
    except FailedPrecondition:
        return  # the document says it; a repetition of the task could not change it
    if isinstance(outcome, NotReached):
        raise Unavailable("RunPod is out of reach.")
