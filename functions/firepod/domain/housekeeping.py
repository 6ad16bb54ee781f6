"""What happens to a job behind the scenes: sent, looked after, stopped, cleared away.

Nothing here is an end that a user asked for or waits for; those are in `life`. Most of it changes
the job and the quota only, and the generation's document stays word for word.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from firepod.domain.change import JobChange, Live, LiveChange, over, without_waiting
from firepod.domain.generation import Job, Output, Phase, RunpodJob, lease_of
from firepod.domain.records import Records


@dataclass(frozen=True)
class Submitted(LiveChange):
    """RunPod took the job. The worker's claim or a callback may have told us already."""

    runpod_job_id: str
    check_at: datetime

    def apply(self, records: Records, live: Live) -> Records:
        job = live.job
        if job.runpod_job_id is not None:
            return records
        return replace(
            records,
            job=replace(
                job,
                phase=Phase.SUBMITTED,
                runpod_job_id=self.runpod_job_id,
                check_at=self.check_at,
                checks=0,
            ),
        )

    def too_late(self, records: Records) -> Records:
        """RunPod took a job that is over by now: remember its id, so that it is stopped."""
        job = records.job
        if job is None:
            return records
        if job.attempt > self.attempt:
            known = RunpodJob(job.endpoint_id, self.runpod_job_id)
            if known in job.all_at_runpod:
                return records
            return replace(records, job=replace(job, leftovers=(*job.leftovers, known)))
        if job.attempt != self.attempt or job.runpod_job_id is not None:
            return records
        return replace(records, job=replace(job, runpod_job_id=self.runpod_job_id))


@dataclass(frozen=True)
class PutOff(LiveChange):
    """The call of /run had no id as its answer: it was not reached (waiting) or is unknown."""

    phase: Phase
    check_at: datetime

    def apply(self, records: Records, live: Live) -> Records:
        job = live.job
        if job.runpod_job_id is not None:
            return records
        return replace(records, job=replace(job, phase=self.phase, check_at=self.check_at))


@dataclass(frozen=True)
class Dispatching(LiveChange):
    """Claim a waiting job before calling /run; one process wins, the others get no change."""

    check_at: datetime

    def apply(self, records: Records, live: Live) -> Records:
        job = live.job
        if job.phase is not Phase.WAITING:
            return records
        return replace(records, job=replace(job, phase=Phase.SUBMITTING, check_at=self.check_at))


@dataclass(frozen=True)
class Named(LiveChange):
    """What a job is to leave is known only now; it stands here before it is in Storage."""

    outputs: tuple[Output, ...]

    def apply(self, records: Records, live: Live) -> Records:
        if live.job.outputs:
            return records  # by an earlier try, under names that count
        return replace(records, job=replace(live.job, outputs=self.outputs))


@dataclass(frozen=True)
class Saving:
    """Files that a user made elsewhere are about to be stored.

    The job is in phase STOPPING: if the process dies before `Saved`, what it has stored is found
    and deleted as what any stopped job leaves behind.
    """

    job: Job

    def __call__(self, records: Records) -> Records:
        return replace(records, job=self.job)


@dataclass(frozen=True)
class Stopped:
    """The RunPod job of an attempt that is over has ended too; its running place is free.

    Without an id RunPod never took one.
    """

    file_uid: str
    attempt: int
    runpod_job_id: str | None = None

    def __call__(self, records: Records) -> Records:
        if records.is_live(self.attempt):
            return records
        quota = records.quota.released(lease_of(self.file_uid, self.attempt))
        job = records.job
        if job is not None:
            left = tuple(one for one in job.leftovers if one.job_id != self.runpod_job_id)
            job = job if left == job.leftovers else replace(job, leftovers=left)
        if quota is records.quota and job is records.job:
            return records
        return replace(records, quota=quota, job=job)


@dataclass(frozen=True)
class Orphaned(JobChange):
    """The document was deleted or changed by hand: its job is cleared away as after an end."""

    now: datetime = field(kw_only=True)

    def apply(self, records: Records, job: Job) -> Records:
        if job.phase is Phase.STOPPING or records.is_live(self.attempt):
            return records
        return replace(records, job=over(job, self.now), quota=without_waiting(records.quota, job))


@dataclass(frozen=True)
class Cleared(JobChange):
    """Nothing of an ended generation is left at RunPod or in Storage."""

    def apply(self, records: Records, job: Job) -> Records:
        if job.phase is not Phase.STOPPING:
            return records
        quota = records.quota.released(job.lease, *job.older_leases)
        return replace(records, job=None, quota=quota)


@dataclass(frozen=True)
class WithoutLeftover:
    """A RunPod job of an older attempt is known to have ended."""

    leftover: RunpodJob

    def __call__(self, records: Records) -> Records:
        job = records.job
        if job is None or self.leftover not in job.leftovers:
            return records
        left = tuple(one for one in job.leftovers if one != self.leftover)
        quota = records.quota
        if not left and not job.stray:
            quota = quota.released(*job.older_leases)
        return replace(records, job=replace(job, leftovers=left), quota=quota)
