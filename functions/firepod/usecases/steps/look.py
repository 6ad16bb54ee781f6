"""A look at one job: ask what became of it, and bring its generation to its end."""

from datetime import timedelta

from firepod import logs
from firepod.domain import housekeeping, life, looks, thumbs
from firepod.domain.generation import ErrorCode, Generation, Job, Phase, RunpodJob
from firepod.domain.samples import paths_of
from firepod.ports import Backend, Transition
from firepod.protocol.dialects import dialect
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.usecases.steps import complete
from firepod.usecases.steps.keep import keep
from firepod.usecases.steps.looking import look_again
from firepod.usecases.steps.unused import drop_unused
from firepod.usecases.steps.waiting import send_waiting

LOST = (
    "RunPod did not confirm that it took this, and no worker began it."
    " Nothing was charged; it can be tried again."
)
UNTOLD = "RunPod did not tell whether it took this, so its result cannot be had. Try again."
LOOKS_BEFORE_LOST = 2  # by then an accepted job shows in the endpoint's counts


def look_after(backend: Backend, job: Job) -> None:
    """Look after one job; safe to call at any time and as often as one likes.

    The next look is fixed before this one does anything: whatever is raised here, this job has its
    time, and is in nobody's way.

    Raises:
        Unavailable: RunPod does not answer; the look is repeated later anyway.
    """
    begun = _begin(backend, job)
    found, generation = begun.before.job, begun.after.generation
    if not begun.applied or found is None:
        return
    job = found  # it tells how often others have looked before
    stopped = _stop_leftovers(backend, job)
    if job.phase is Phase.STOPPING:
        _clear(backend, generation, job, stopped=stopped)
    elif generation is None or not begun.after.is_live(job.attempt):
        logs.job_orphaned(job)
        now = backend.clock.now()
        backend.store.transition(job.ref, housekeeping.Orphaned(job.attempt, now=now))
    elif not job.endpoint_id:
        keep(backend, generation, job, begun)
    elif job.at_runpod is not None:
        _ask(backend, begun, generation, job, job.at_runpod)
    elif job.phase is Phase.WAITING:
        send_waiting(backend, job)
    else:
        _without_id(backend, begun, generation, job)


def _begin(backend: Backend, job: Job) -> Transition:
    """The look's own change."""
    now = backend.clock.now()
    unit = timedelta(seconds=backend.settings.reconcile_after_seconds)
    return backend.store.transition(job.ref, looks.Looked(job.attempt, now=now, unit=unit))


def _ask(
    backend: Backend, begun: Transition, generation: Generation, job: Job, at_runpod: RunpodJob
) -> None:
    past_deadline = backend.clock.now() >= job.deadline_at
    try:
        report = backend.gpu.status(at_runpod.endpoint_id, at_runpod.job_id)
    except Exception as error:
        if not past_deadline:
            raise
        # RunPod has deleted it by now, whatever it answers.
        logs.failed("asking for a job that is over its time", error)
        report = JobReport(RunpodStatus.GONE)
    if report.status.ended:
        complete.finish(backend, generation, job, report, begun)
        return
    if report.status is not RunpodStatus.IN_QUEUE:
        now = backend.clock.now()
        begun = backend.store.transition(
            job.ref,
            life.Progressed(job.attempt, report.progress, now),
            since=begun,
        )
    if not past_deadline:
        look_again(backend, job)
    else:
        gone = JobReport(RunpodStatus.GONE)
        complete.finish(backend, generation, job, gone, begun)


def _without_id(backend: Backend, begun: Transition, generation: Generation, job: Job) -> None:
    """The outcome of /run is not known, or its process died: wait for a sign, never call again."""
    nothing = JobReport(RunpodStatus.GONE)
    if backend.clock.now() >= job.deadline_at:
        complete.finish(backend, generation, job, nothing, begun)
        return
    if job.checks < LOOKS_BEFORE_LOST or not _idle(backend, job):
        return
    # Not waiting, not running, and no worker has claimed it: there is nothing to wait for.
    if complete.finish_stored(backend, generation, job, nothing, begun) is None:
        sentence = UNTOLD if dialect(job.dialect).shared else LOST
        complete.fail(backend, job, ErrorCode.EXPIRED, sentence, nothing, begun)


def _clear(backend: Backend, generation: Generation | None, job: Job, *, stopped: bool) -> None:
    """After the end: stop RunPod's job, and delete what it may have left in Storage."""
    # What RunPod may hold of older attempts is over its time with this one at the latest.
    over = backend.clock.now() >= job.deadline_at or (stopped and _is_over(backend, job))
    # A completed one may keep its job for what an older attempt left at RunPod, or for a file that
    # was to be added to it.
    kept = paths_of(generation) if generation is not None and generation.generated else ()
    unwanted = thumbs.with_thumbs(job.ref, job.outputs, but=kept)
    backend.storage.delete(unwanted, owner=job.user_id, upto_attempt=job.attempt)
    if generation is None:
        drop_unused(backend, job.user_id, job.uploads)
    if over:
        backend.store.transition(job.ref, housekeeping.Cleared(job.attempt))


def _is_over(backend: Backend, job: Job) -> bool:
    """Whether nothing at RunPod can leave another file; a job that still can is stopped."""
    at_runpod = job.at_runpod
    if not job.endpoint_id:
        return True
    if at_runpod is None or job.stray:
        # RunPod may have taken it although no id came back, and its worker may hold upload URLs.
        return job.checks >= LOOKS_BEFORE_LOST and _idle(backend, job)
    if backend.gpu.status(at_runpod.endpoint_id, at_runpod.job_id).status.ended:
        return True
    backend.gpu.cancel(at_runpod.endpoint_id, at_runpod.job_id)
    backend.store.transition(  # its files are still to come or to go; its place is free
        job.ref,
        housekeeping.Stopped(job.file_uid, job.attempt),
    )
    return False


def _idle(backend: Backend, job: Job) -> bool:
    """Whether no job of ours is left at the endpoint, as far as that can be told.

    Where others' jobs run too it cannot; nor can such a worker tell us, or leave anything.
    """
    return dialect(job.dialect).shared or backend.gpu.idle(job.endpoint_id)


def _stop_leftovers(backend: Backend, job: Job) -> bool:
    """Stop the RunPod jobs of older attempts; whether none is left."""
    stopped = True
    for leftover in job.leftovers:
        try:
            backend.gpu.cancel(leftover.endpoint_id, leftover.job_id)
        except Exception as error:  # noqa: BLE001 (whatever it is, the attempt itself goes on)
            logs.leftover_not_stopped(job, leftover)
            logs.failed("stopping a RunPod job of an older attempt", error)
            stopped = False
            continue
        backend.store.transition(job.ref, housekeeping.WithoutLeftover(leftover))
    return stopped
