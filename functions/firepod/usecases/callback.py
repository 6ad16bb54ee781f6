"""RunPod calls back: a hint that a job has ended. The truth is Storage and RunPod's /status."""

from firepod import logs
from firepod.domain import housekeeping, timeline
from firepod.domain.errors import NotFound
from firepod.domain.generation import Generation, Job
from firepod.ports import Backend
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.protocol.tokens import Callback
from firepod.usecases.steps import complete
from firepod.usecases.steps.look import look_after
from firepod.usecases.steps.metrics import priced
from firepod.usecases.steps.queueing import later


def callback(backend: Backend, who: Callback, report: JobReport) -> None:
    """Apply what may be applied at once, have the rest looked after, and return soon.

    Raises:
        NotFound: the generation does not exist.
        Unavailable: nothing could be done now; RunPod may call again.
    """
    generation = backend.store.find(who.ref)
    if generation is None:
        raise NotFound("No such generation.")
    if generation.attempt != who.attempt or not report.status.ended:
        return
    if generation.status.terminal:
        if (end := timeline.end_by_worker(generation)) is not None:
            logs.ended_by_worker(generation, end)
        return
    job = _job_of(backend, who, report.job_id)
    if job is not None:
        _apply(backend, generation, job, report)


def _job_of(backend: Backend, who: Callback, runpod_job_id: str) -> Job | None:
    """The job that is called back for; None if this callback is not about it."""
    job = backend.store.find_job(who.ref.file_uid)
    if job is None or job.ref != who.ref or job.attempt != who.attempt:
        return None
    if job.runpod_job_id is None and runpod_job_id:
        # The callback came before /run's answer was written, or that answer was lost.
        now = backend.clock.now()
        job = backend.store.transition(
            who.ref,
            housekeeping.Submitted(who.attempt, runpod_job_id, now),
        ).after.job
    if job is None or job.runpod_job_id != runpod_job_id:
        logs.callback_ignored(who.ref, "another job")
        return None
    return job


def _apply(backend: Backend, generation: Generation, job: Job, report: JobReport) -> None:
    report = priced(backend.settings, generation, job, report)
    told = report.status in {RunpodStatus.COMPLETED, RunpodStatus.FAILED}
    if told and complete.finish_stored(backend, generation, job, report):
        return  # a result that was stored is a result, even if RunPod says that its job failed
    if report.status is RunpodStatus.FAILED:
        why = complete.failure(job, report)
        complete.fail(backend, job, why.code, why.sentence, report)
        return
    if not later(backend, "reconcile", {"file_uid": job.file_uid}):
        look_after(backend, job)
