"""Ask what became of a job, and bring its generation to its end."""

import functools
from datetime import timedelta

from firepod import logs, transitions
from firepod.errors import Unavailable
from firepod.generation import ErrorCode, Generation, Job, Phase, RunpodJob
from firepod.ports import Backend
from firepod.runpod import JobReport, RunpodStatus
from firepod.usecases import complete, uploads
from firepod.usecases.dispatch import dispatch

LOST = (
    "RunPod did not confirm that it took this, and no worker began it."
    " Nothing was charged; it can be tried again."
)
LOOKS_BEFORE_LOST = 2  # an accepted job shows in the endpoint's counts well before the second look


def reconcile(backend: Backend, file_uid: str) -> None:
    """Look after one job; safe to call at any time and as often as one likes.

    Raises:
        Unavailable: RunPod does not answer; the look is repeated later anyway.
    """
    job = backend.store.find_job(file_uid)
    if job is None:
        return
    stopped = _stop_leftovers(backend, job)
    if job.phase is Phase.STOPPING:
        _clear(backend, job, stopped=stopped)
        return
    generation = backend.store.find(job.ref)
    if generation is None or generation.attempt != job.attempt:
        logs.job_orphaned(job)
        now = backend.world.now()
        backend.store.transition(
            job.ref, lambda records: transitions.orphaned(records, job.attempt, now=now)
        )
        return
    if job.at_runpod is not None:
        _ask(backend, generation, job, job.at_runpod)
    elif job.phase is Phase.WAITING:
        _later(backend, job)
        dispatch(backend, file_uid)
    else:
        _without_id(backend, generation, job)


def _ask(backend: Backend, generation: Generation, job: Job, at_runpod: RunpodJob) -> None:
    try:
        report = backend.gpu.status(at_runpod.endpoint_id, at_runpod.job_id)
    except Unavailable:
        _later(backend, job)
        raise
    if report.status.ended:
        complete.finish(backend, generation, job, report, "reconcile")
        return
    if report.status is not RunpodStatus.IN_QUEUE:
        now = backend.world.now()
        backend.store.transition(
            job.ref,
            lambda records: transitions.progressed(records, job.attempt, report.progress, now),
        )
    if not _past_deadline(backend, generation, job):
        _later(backend, job)


def _without_id(backend: Backend, generation: Generation, job: Job) -> None:
    """The outcome of /run is not known, or its process died: wait for a sign, never call again."""
    if backend.world.now() < job.check_at:
        return  # the call may still be under way
    if _past_deadline(backend, generation, job):
        return
    if job.checks >= LOOKS_BEFORE_LOST and backend.gpu.idle(job.endpoint_id):
        # Not waiting, not running, and no worker has claimed it: there is nothing to wait for.
        nothing = JobReport(RunpodStatus.GONE)
        if complete.finish_stored(backend, generation, job, nothing, "reconcile") is None:
            complete.fail(backend, job, ErrorCode.EXPIRED, LOST, nothing, "reconcile")
        return
    _later(backend, job)


def _past_deadline(backend: Backend, generation: Generation, job: Job) -> bool:
    if backend.world.now() < job.deadline_at:
        return False
    complete.finish(backend, generation, job, JobReport(RunpodStatus.GONE), "reconcile")
    return True


def _later(backend: Backend, job: Job) -> None:
    now = backend.world.now()
    unit = timedelta(seconds=backend.settings.reconcile_after_seconds)
    backend.store.transition(
        job.ref, lambda records: transitions.looked(records, job.attempt, now=now, unit=unit)
    )


def _clear(backend: Backend, job: Job, *, stopped: bool) -> None:
    """After the end: stop RunPod's job, and delete what it may have left in Storage."""
    try:
        over = stopped and _is_over(backend, job)
    except Unavailable:
        _later(backend, job)
        raise
    generation = backend.store.find(job.ref)
    # A completed one may keep its job for what an older attempt left at RunPod.
    if generation is None or not generation.generated:
        backend.media.delete([output.path for output in job.outputs], upto_attempt=job.attempt)
    if generation is None:
        uploads.drop_unused(backend, job.user_id, job.uploads)
    if not over:
        _later(backend, job)
        return
    backend.store.transition(job.ref, lambda records: transitions.cleared(records, job.attempt))


def _is_over(backend: Backend, job: Job) -> bool:
    """Whether nothing at RunPod can leave another file; a job that still can is stopped."""
    if backend.world.now() >= job.deadline_at:
        return True
    at_runpod = job.at_runpod
    if at_runpod is None or job.stray:
        # RunPod may have taken it although no id came back, and its worker may hold upload URLs.
        return job.checks >= LOOKS_BEFORE_LOST and backend.gpu.idle(job.endpoint_id)
    if backend.gpu.status(at_runpod.endpoint_id, at_runpod.job_id).status.ended:
        return True
    backend.gpu.cancel(at_runpod.endpoint_id, at_runpod.job_id)
    backend.store.transition(  # its files are still to come or to go; its place is free
        job.ref,
        lambda records: transitions.stopped(records, job.file_uid, job.attempt),
    )
    return False


def _stop_leftovers(backend: Backend, job: Job) -> bool:
    """Stop the RunPod jobs of older attempts; whether none is left."""
    stopped = True
    for leftover in job.leftovers:
        try:
            backend.gpu.cancel(leftover.endpoint_id, leftover.job_id)
        except Unavailable:
            logs.leftover_not_stopped(job, leftover)
            stopped = False
            continue
        backend.store.transition(
            job.ref, functools.partial(transitions.without_leftover, leftover=leftover)
        )
    return stopped
