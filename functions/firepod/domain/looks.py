"""When somebody looks after a job, and what ends it when looking no longer helps; pure.

A look moves the job's next time in a change of its own before it does anything else. So whatever a
look runs into, a bug of ours included, costs this job a while and no other job anything.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from firepod.domain.change import JobChange
from firepod.domain.generation import ErrorCode, Job, Phase
from firepod.domain.housekeeping import Cleared, Orphaned
from firepod.domain.life import Failed
from firepod.domain.records import Records

LOOK_FACTORS = (1, 1, 2, 3, 5)  # how looks space out before the deadline, in units of the first
SOON, SELDOM = timedelta(minutes=1), timedelta(hours=1)  # the same after it
GIVE_UP_AFTER = timedelta(minutes=5)  # past the deadline: a few more looks, then the last resort
CLEAR_FOR = timedelta(days=7)  # how long an ended job's leftovers are tried to be cleared away
NEVER_BEGUN = "No worker began this in time. Nothing was charged; it can be tried again."
NOT_STORED = "The result could not be stored or found. It can be tried again."


def next_look(job: Job, now: datetime, unit: timedelta) -> datetime:
    """When somebody looks after this job again; never later than at its deadline before that.

    What RunPod has lost holds a running place until the deadline. After it the looks come once a
    minute, and then ever more seldom, because what fails for an hour fails for a day.
    """
    if now < job.deadline_at:
        wait = unit * LOOK_FACTORS[min(job.checks, len(LOOK_FACTORS) - 1)]
        return min(now + wait, job.deadline_at)
    late = now - job.deadline_at
    return now + max(min(unit, SOON), min(late / 8, SELDOM))


@dataclass(frozen=True)
class Looked(JobChange):
    """Somebody looks now; the next one does at the job's new time, whatever comes of this look.

    Nothing to do, if the attempt is over, or if its call of /run may still be under way: that a
    look comes early then says nothing of the job.
    """

    now: datetime = field(kw_only=True)
    unit: timedelta = field(kw_only=True)

    def apply(self, records: Records, job: Job) -> Records:
        nameless = job.phase in {Phase.SUBMITTING, Phase.UNKNOWN} and job.runpod_job_id is None
        if nameless and self.now < job.check_at:
            return records
        check_at = next_look(job, self.now, self.unit)
        return replace(records, job=replace(job, checks=job.checks + 1, check_at=check_at))


def is_hopeless(job: Job) -> bool:
    """Whether the looks that were made when it was high time have not ended this job either.

    Each of them moved `check_at`, so that it lies behind the limit only if one was made about then.
    After an outage of ours that lasted longer, a look comes first.
    """
    limit = CLEAR_FOR if job.phase is Phase.STOPPING else GIVE_UP_AFTER
    return job.check_at >= job.deadline_at + limit


@dataclass(frozen=True)
class GivenUp(JobChange):
    """The last resort for what cannot be ended otherwise; needs nothing but these records.

    A live generation fails and frees its place; files and RunPod's job are cleared away as after
    any bad end. If even that has not worked for CLEAR_FOR, the job goes with them uncleared.
    """

    now: datetime = field(kw_only=True)
    expires_at: datetime | None = field(default=None, kw_only=True)

    def apply(self, records: Records, job: Job) -> Records:
        if not is_hopeless(job):
            return records
        if job.phase is Phase.STOPPING:
            return Cleared(self.attempt)(records)
        if not records.is_live(self.attempt):
            return Orphaned(self.attempt, now=self.now)(records)
        code, error = ErrorCode.STORAGE_FAILED, NOT_STORED
        if job.runpod_job_id is None:
            code, error = ErrorCode.EXPIRED, NEVER_BEGUN
        end = Failed(self.attempt, code, error, now=self.now, expires_at=self.expires_at)
        return end(records)
