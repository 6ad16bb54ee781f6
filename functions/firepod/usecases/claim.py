"""A worker without credentials begins, through its job's own URL: one run of an attempt may."""

from dataclasses import dataclass, field
from datetime import datetime

from firepod.domain import life
from firepod.domain.change import unchanged
from firepod.domain.generation import Generation, Job
from firepod.domain.records import Records
from firepod.ports import Backend
from firepod.protocol.go_on import Answer
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.protocol.tokens import Callback
from firepod.usecases.steps import complete
from firepod.usecases.steps.queueing import later

WAIT_SECONDS = 2


def claim(backend: Backend, who: Callback, runpod_job_id: str, run: str) -> Answer:
    """Let a run of a RunPod job take its attempt; `run` is the name that it gave itself.

    Raises:
        Unavailable: what has become of another run cannot be told now.
    """
    found = backend.store.transition(who.ref, unchanged)
    takes_over = _takes_over(found.after, who, runpod_job_id, run)
    if takes_over and _made_already(backend, found.after):
        return Answer(go_on=False)
    now = backend.clock.now()
    taken = TakenByUrl(who.attempt, runpod_job_id, run, now, takes_over=takes_over)
    after = backend.store.transition(who.ref, taken, since=found).after
    if after.held(who.attempt, run):
        return Answer(go_on=True)
    same_job = after.job is not None and after.job.runpod_job_id == runpod_job_id
    if same_job and after.is_live(who.attempt):
        return Answer(go_on=False, wait_seconds=WAIT_SECONDS)
    return Answer(go_on=False)


@dataclass(frozen=True)
class TakenByUrl:
    """`Claimed`, by one who holds a job's URL and no more.

    By its credentials a worker may name the RunPod job; by a URL it may only tell what nobody knew.
    Else its holder could have us ask for, or stop, other people's jobs.
    """

    attempt: int
    runpod_job_id: str
    run: str = field(repr=False)
    now: datetime
    takes_over: bool = field(kw_only=True)

    def __call__(self, records: Records) -> Records:
        job = records.job
        if job is None or job.runpod_job_id not in {None, self.runpod_job_id}:
            return records
        if job.claim is not None and not self.takes_over:
            return records
        return life.Claimed(self.attempt, self.runpod_job_id, self.run, self.now)(records)


def _takes_over(records: Records, who: Callback, runpod_job_id: str, run: str) -> bool:
    """Whether this run would take the place of one that has been silent for too long."""
    job = records.job
    if job is None or job.claim in {None, run} or job.runpod_job_id != runpod_job_id:
        return False
    taken = life.Claimed(who.attempt, runpod_job_id, run, job.created_at)(records)
    return taken is not records


def _made_already(backend: Backend, records: Records) -> bool:
    """Whether the silent run has handed everything over, so that no GPU need make it again.

    It is silent for good once it has uploaded and answered RunPod; then only the callback may
    have been lost. What lies in Storage, or RunPod's word that the job has ended, tells.
    """
    generation, job = records.generation, records.job
    if generation is None or job is None or job.at_runpod is None:
        return False
    if _completed(backend, generation, job):
        return True
    if not backend.gpu.status(job.at_runpod.endpoint_id, job.at_runpod.job_id).status.ended:
        return False
    later(backend, "reconcile", {"file_uid": job.file_uid})
    return True


def _completed(backend: Backend, generation: Generation, job: Job) -> bool:
    nothing = JobReport(RunpodStatus.GONE)
    return complete.finish_stored(backend, generation, job, nothing) is not None
