"""Stop one of the caller's generations."""

from firepod import logs, transitions
from firepod.errors import NotFound, Unavailable
from firepod.generation import GenerationRef, Job
from firepod.ports import Backend
from firepod.usecases.attempt import Started
from firepod.usecases.complete import expiry

NOT_FOUND = "You have no generation with this id."


def cancel(backend: Backend, ref: GenerationRef) -> Started:
    """Cancel first, then stop RunPod's job as well as that goes now; `reconcile` sees to it.

    One that has ended stays as it ended, and its status is the answer.

    Raises:
        NotFound: the caller has no such generation.
    """
    now = backend.world.now()
    ended = backend.store.transition(
        ref,
        lambda records: transitions.cancelled(records, now=now, expires_at=expiry(backend, now)),
    )
    generation = ended.after.generation
    if generation is None:
        raise NotFound(NOT_FOUND)
    if ended.applied:
        logs.generation_ended(ended, "cancel")
        stop(backend, ended.after.job)
    return Started(ref, generation.status)


def stop(backend: Backend, job: Job | None) -> None:
    """Tell RunPod to stop a job; a failure is made good by `reconcile`."""
    if job is None or job.at_runpod is None:
        return
    try:
        backend.gpu.cancel(job.at_runpod.endpoint_id, job.at_runpod.job_id)
    except Unavailable:
        logs.leftover_not_stopped(job, job.at_runpod)
