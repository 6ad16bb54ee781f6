"""What changes have in common: each is a value that turns what is stored into what shall be.

`store.transition(ref, Completed(attempt, files, description, now=now))`. A change that has nothing
to do returns the records that it was given, the very same object; then nothing is written.
Firestore may run a change again, so none has an effect of its own. Its `repr` names it and what it
was told, without what users wrote and without what opens a door.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from firepod.domain.generation import Generation, Job, Phase, Status
from firepod.domain.quota import Quota
from firepod.domain.records import Records

STOP_CHECK = timedelta(seconds=30)  # when a stopped job's clearing is looked after


class Live(NamedTuple):
    """An attempt that has not ended."""

    generation: Generation
    job: Job


@dataclass(frozen=True)
class LiveChange(ABC):
    """Only the current attempt can change so, and only until it has ended."""

    attempt: int

    def __call__(self, records: Records) -> Records:
        generation, job = records.generation, records.job
        if generation is None or job is None or not records.is_live(self.attempt):
            return self.too_late(records)
        return self.apply(records, Live(generation, job))

    @abstractmethod
    def apply(self, records: Records, live: Live) -> Records:
        """The change of a live attempt."""

    def too_late(self, records: Records) -> Records:
        """The attempt is over, or was never there: as a rule, nothing is to do."""
        return records


@dataclass(frozen=True)
class RunChange(LiveChange):
    """What a run of a worker tells, by its `claim`, counts only while it holds the attempt.

    Without a claim it is the backend that tells what it has seen itself.
    """

    claim: str | None = field(default=None, kw_only=True, repr=False)

    def __call__(self, records: Records) -> Records:
        if self.claim is not None and not records.held(self.attempt, self.claim):
            return records
        return super().__call__(records)


@dataclass(frozen=True)
class JobChange(ABC):
    """It is about the job of an attempt, whatever has become of its generation."""

    attempt: int

    def __call__(self, records: Records) -> Records:
        job = records.job
        if job is None or job.attempt != self.attempt:
            return records
        return self.apply(records, job)

    @abstractmethod
    def apply(self, records: Records, job: Job) -> Records:
        """The change of the attempt's job."""


def unchanged(records: Records) -> Records:
    """Only read."""
    return records


def ended(generation: Generation, status: Status, now: datetime) -> Generation:
    """An end of any kind; what is told only while it runs goes with it."""
    return replace(
        generation, status=status, progress=None, preview=None, completed_at=now, modified=now
    )


def over(job: Job, now: datetime) -> Job:
    """The job of an attempt that has ended: what is left of it is to be cleared away."""
    return replace(job, phase=Phase.STOPPING, check_at=now + STOP_CHECK, checks=0, claim=None)


def without_waiting(quota: Quota, job: Job | None) -> Quota:
    """What RunPod certainly has nothing of takes no place and has cost nothing."""
    if job is None or job.phase is not Phase.WAITING:
        return quota
    return quota.released(job.lease).refunded(job.units, job.created_at)
