"""When RunPod is asked about a job of a worker that reports nothing by itself.

Our own workers call back, and a look is for when that was lost. Of others the look is all that
there is, so it is queued for about when the job should be done; the sweep finds what the queue has
lost, and does alone what takes longer than that.
"""

from datetime import timedelta

from firepod.domain.generation import Generation, Job
from firepod.kinds import registry
from firepod.ports import Backend
from firepod.protocol.dialects import dialect
from firepod.usecases.steps.endpoint import model_at_work
from firepod.usecases.steps.queueing import later

SOONEST, LATEST = 2, 60  # seconds between two looks
MOST_QUEUED = 30  # looks of one job that are queued; each costs a call of a function


def usual_seconds(backend: Backend, generation: Generation, job: Job) -> int:
    """How long a run takes, as a rule."""
    model = model_at_work(backend.settings, job)
    told = None if model is None else model.usual_seconds
    return told or registry.task_of(generation).usual_seconds


def first_look(backend: Backend, generation: Generation, job: Job) -> timedelta:
    """When to ask RunPod for the first time if nothing was heard."""
    expected = usual_seconds(backend, generation, job)
    return timedelta(seconds=min(expected, backend.settings.reconcile_after_seconds))


def look_soon(backend: Backend, generation: Generation, job: Job) -> None:
    """Queue the first look at a job that RunPod has just taken."""
    if not dialect(job.dialect).ours:
        _queue(backend, job, min(usual_seconds(backend, generation, job), LATEST))


def look_again(backend: Backend, job: Job) -> None:
    """Queue the next look, after one that has found it running: ever later, and not for ever."""
    if not dialect(job.dialect).ours and job.checks < MOST_QUEUED:
        _queue(backend, job, min(SOONEST + job.checks, LATEST))


def _queue(backend: Backend, job: Job, seconds: int) -> None:
    later(backend, "reconcile", {"file_uid": job.file_uid}, delay_seconds=max(SOONEST, seconds))
