"""Changes by what somebody has sent to RunPod by themselves, without the backend.

Their document may be there, queued, as an app's own function wrote it; one with a job is made by
Firepod's backend, and one that has begun or ended is past this: both stay as they are.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from firepod.domain.change import ended
from firepod.domain.generation import ErrorCode, Generation, Job, Status
from firepod.domain.life import Saved
from firepod.domain.records import Records


@dataclass(frozen=True)
class BegunDirectly:
    """A worker begins it, with a job, so that it is looked after like any other."""

    generation: Generation
    job: Job
    now: datetime

    def __call__(self, records: Records) -> Records:
        known, generation = records.generation, self.generation
        if not _open(records):
            return records
        if known is not None:
            generation = replace(
                generation,
                request_data={**known.request_data, **generation.request_data},
                metadata=generation.metadata or known.metadata,
                created_at=known.created_at,
            )
        return replace(
            records,
            generation=replace(
                generation,
                status=Status.PROCESSING,
                progress=0.0,
                created_at=generation.created_at or self.now,
                started_at=self.now,
                modified=self.now,
            ),
            job=self.job,
        )


@dataclass(frozen=True)
class RefusedDirectly:
    """A worker refuses it; whoever listens is told why. Nothing has run, and no job is made."""

    generation: Generation  #: for where there is none yet
    error: str = field(repr=False)
    now: datetime

    def __call__(self, records: Records) -> Records:
        if not _open(records):
            return records
        refused = records.generation or replace(self.generation, created_at=self.now)
        return replace(
            records,
            generation=replace(
                ended(refused, Status.FAILED, self.now),
                error=self.error,
                error_code=ErrorCode.REJECTED,
            ),
        )


@dataclass(frozen=True)
class LeftDirectly:
    """Its files are in Storage, brought by a worker without a job: it is as if it was saved."""

    saved: Saved

    def __call__(self, records: Records) -> Records:
        if records.generation is not None or records.job is not None:
            return records
        return self.saved(replace(records, job=self.saved.job))


def _open(records: Records) -> bool:
    known = records.generation
    return records.job is None and (known is None or known.status is Status.QUEUED)
