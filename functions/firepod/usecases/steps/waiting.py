"""Call /run for a job whose first call did not reach RunPod."""

from firepod.domain import housekeeping, life
from firepod.domain.errors import FailedPrecondition, Unavailable
from firepod.domain.generation import ErrorCode, Job, Phase
from firepod.ports import Backend
from firepod.protocol.runpod import NotReached
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.launch import CALL_LEASE, launch

EXPIRED = "No worker could be had in time. Nothing was charged; it can be tried again."


def send_waiting(backend: Backend, job: Job) -> None:
    """Claim the waiting job, call /run once; nothing if it is in other hands.

    Raises:
        Unavailable: RunPod is out of reach still.
    """
    if job.phase is not Phase.WAITING:
        return
    now = backend.clock.now()
    if now >= job.deadline_at:
        late = life.Failed(
            job.attempt, ErrorCode.EXPIRED, EXPIRED, now=now, expires_at=expiry(backend, now)
        )
        backend.store.transition(job.ref, late)
        return
    claim = backend.store.transition(
        job.ref, housekeeping.Dispatching(job.attempt, now + CALL_LEASE)
    )
    if not claim.applied:
        return
    try:
        outcome = launch(backend, claim)
    except FailedPrecondition:
        return  # the document says it; a repetition could not change it
    if isinstance(outcome, NotReached):
        raise Unavailable("RunPod is out of reach.")
