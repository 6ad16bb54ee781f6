"""Have RunPod stop what nobody wants any more; its place is taken until RunPod has answered."""

from firepod import logs
from firepod.domain import housekeeping
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Job, RunpodJob
from firepod.ports import Backend, Transition


def stop(backend: Backend, ended: Transition) -> None:
    """Tell RunPod to stop the job of what has just ended; a failure is made good by `reconcile`."""
    job = ended.after.job
    if job is not None and job.at_runpod is not None:
        stop_at_runpod(backend, job, job.attempt, job.at_runpod, since=ended)


def stop_at_runpod(
    backend: Backend,
    job: Job,
    attempt: int,
    at_runpod: RunpodJob,
    *,
    since: Transition | None = None,
) -> None:
    """Stop one RunPod job of an attempt that is over, and give its place back."""
    try:
        backend.gpu.cancel(at_runpod.endpoint_id, at_runpod.job_id)
        backend.store.transition(
            job.ref,
            housekeeping.Stopped(job.file_uid, attempt, at_runpod.job_id),
            since=since,
        )
    except Unavailable:
        logs.leftover_not_stopped(job, at_runpod)
