"""The life of a generation: every change that its user sees, or that begins or ends it.

`queued -> processing -> completed | failed | cancelled`, `queued -> any terminal`; `retry` takes
`failed | cancelled` back to `queued` with the next attempt (docs/contract.md, 3). What happens to
its job behind the scenes is in `housekeeping`; how a change is written, in `change`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from firepod.domain.change import Live, LiveChange, RunChange, ended, over, without_waiting
from firepod.domain.generation import ErrorCode, Generation, Job, Phase, Status, StoredFile
from firepod.domain.quota import Quota
from firepod.domain.records import Records

LEASE_MARGIN = timedelta(minutes=5)  # a quota lease outlives its job's deadline by this
# Ends that say nothing of a worker: what none has begun by then has cost nothing.
_OF_NO_WORKER = frozenset({ErrorCode.EXPIRED, ErrorCode.STOPPED})
CLAIM_STALE = timedelta(seconds=15)  # a worker writes at least every few seconds; then it is dead


@dataclass(frozen=True)
class Accepted:
    """A new generation, or a new attempt, is queued; the quota was taken by the caller."""

    generation: Generation
    job: Job

    def __call__(self, records: Records) -> Records:
        old, job = records.job, self.job
        if old is not None:
            stray = old.stray or old.runpod_job_id is None
            job = replace(job, leftovers=old.all_at_runpod, stray=stray)
        return replace(records, generation=self.generation, job=job)


@dataclass(frozen=True)
class Claimed(LiveChange):
    """A worker begins. Only one run of an attempt may; a dead one's place can be taken.

    RunPod hands a job out again after it lost the first worker. That run may go on once the
    first one has been silent for CLAIM_STALE; the run of another RunPod job never may. How long
    is a question to the database's clock alone: `now`, a worker's own, may be hours off.
    """

    runpod_job_id: str
    claim: str = field(repr=False)
    now: datetime

    def apply(self, records: Records, live: Live) -> Records:
        generation, job = live
        if job.claim == self.claim:
            return records  # our own write, whose confirmation was lost
        if job.claim is not None and (
            job.runpod_job_id != self.runpod_job_id or records.quiet_for() < CLAIM_STALE
        ):
            return records
        adopted = job.runpod_job_id is None
        leftovers = job.leftovers
        if job.runpod_job_id not in {None, self.runpod_job_id}:
            # Two RunPod jobs for one attempt: the first to claim is the one, the other is stopped.
            leftovers = job.all_at_runpod
        return replace(
            records,
            generation=replace(
                generation,
                status=Status.PROCESSING,
                progress=0.0,
                preview=None,
                started_at=self.now,
                modified=self.now,
            ),
            job=replace(
                job,
                phase=Phase.SUBMITTED,
                runpod_job_id=self.runpod_job_id,
                claim=self.claim,
                checks=0 if adopted else job.checks,
                leftovers=leftovers,
            ),
        )


@dataclass(frozen=True)
class Progressed(RunChange):
    """A worker tells how far it is, and perhaps how it looks; or RunPod that it runs."""

    progress: float
    now: datetime
    preview: str | None = field(default=None, kw_only=True, repr=False)

    def apply(self, records: Records, live: Live) -> Records:
        generation = live.generation
        known = generation.progress or 0.0
        value = min(1.0, max(known, self.progress))
        if self.claim is None and generation.status is Status.PROCESSING and value == known:
            return records  # a worker's repetition is its sign of life, RunPod's is no news
        return replace(
            records,
            generation=replace(
                generation,
                status=Status.PROCESSING,
                progress=value,
                preview=self.preview or generation.preview,
                started_at=generation.started_at or self.now,
                modified=self.now,
            ),
        )


@dataclass(frozen=True)
class Completed(RunChange):
    """The files are in Storage. Frees the place and, where nothing is left to do, the job."""

    files: tuple[StoredFile, ...]
    generation_data: dict[str, Any] = field(repr=False)
    now: datetime = field(kw_only=True)
    metrics: Mapping[str, int | float] | None = field(default=None, kw_only=True)
    expires_at: datetime | None = field(default=None, kw_only=True)

    def apply(self, records: Records, live: Live) -> Records:
        generation, job = live
        return replace(
            records,
            generation=replace(
                _with_files(generation, self.files, self.generation_data, self.now),
                metrics=self.metrics,
                expires_at=self.expires_at,
            ),
            job=over(job, self.now) if job.leftovers or _holds_older(records.quota, job) else None,
            quota=records.quota.released(job.lease),
        )


@dataclass(frozen=True)
class Failed(RunChange):
    """It ended badly. The job stays until its files and RunPod's job are cleared away."""

    code: ErrorCode
    error: str = field(repr=False)
    now: datetime = field(kw_only=True)
    metrics: Mapping[str, int | float] | None = field(default=None, kw_only=True)
    expires_at: datetime | None = field(default=None, kw_only=True)

    def apply(self, records: Records, live: Live) -> Records:
        generation, job = live
        # What a worker has begun and then refused, as a content filter does, has cost something.
        refused = self.code is ErrorCode.REJECTED and job.runpod_job_id is None
        begun = job.claim is not None or generation.started_at is not None
        never_ran = refused or (self.code in _OF_NO_WORKER and not begun)
        never_taken = refused and not (job.leftovers or job.stray)
        quota = records.quota.released(job.lease)
        return replace(
            records,
            generation=replace(
                ended(generation, Status.FAILED, self.now),
                error=self.error,
                error_code=self.code,
                metrics=self.metrics,
                expires_at=self.expires_at,
            ),
            job=None if never_taken else over(job, self.now),
            quota=quota.refunded(job.units, job.created_at) if never_ran else quota,
        )


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """Its user stops it, in whatever state it is; an ended one stays as it ended.

    Its running place stays taken until RunPod's job is known to have ended (`Stopped`, `Cleared`):
    else who cancels at once could have any number of jobs on a GPU.
    """

    now: datetime
    expires_at: datetime | None = None

    def __call__(self, records: Records) -> Records:
        generation, job = records.generation, records.job
        if generation is None or generation.status.terminal:
            return records
        return replace(
            records,
            generation=replace(
                ended(generation, Status.CANCELLED, self.now), expires_at=self.expires_at
            ),
            job=None if job is None else over(job, self.now),
            quota=without_waiting(records.quota, job),
        )


@dataclass(frozen=True)
class Discarded:
    """The document goes; a job stays behind until files and RunPod's job are gone too.

    `tombstone` is used where no job is left, as of a completed generation.
    """

    tombstone: Job
    now: datetime = field(kw_only=True)

    def __call__(self, records: Records) -> Records:
        if records.generation is None:
            return records
        tombstone = self.tombstone
        job = replace(records.job or tombstone, uploads=tombstone.uploads)
        if records.generation.generated:
            # A job that it still has may be about another file than those that it lists.
            both = (*job.outputs, *tombstone.outputs)
            job = replace(job, outputs=tuple(dict.fromkeys(both)))
        return replace(
            records,
            generation=None,
            job=over(job, self.now),
            quota=without_waiting(records.quota, records.job),
        )


@dataclass(frozen=True)
class Saved:
    """What a user made elsewhere is in Storage: a completed generation without a run of ours."""

    job: Job
    generation: Generation
    files: tuple[StoredFile, ...]
    generation_data: dict[str, Any] = field(repr=False)
    now: datetime = field(kw_only=True)
    expires_at: datetime | None = field(default=None, kw_only=True)

    def __call__(self, records: Records) -> Records:
        if records.generation is not None or records.job is None:
            return records
        if records.job.ref != self.job.ref:
            return records
        stored = _with_files(self.generation, self.files, self.generation_data, self.now)
        return replace(records, generation=replace(stored, expires_at=self.expires_at), job=None)


def _holds_older(quota: Quota, job: Job) -> bool:
    return not quota.leases.keys().isdisjoint(job.older_leases)


def _with_files(
    generation: Generation,
    files: tuple[StoredFile, ...],
    generation_data: dict[str, Any],
    now: datetime,
) -> Generation:
    return replace(
        ended(generation, Status.COMPLETED, now),
        generated=True,
        generation_data={**generation_data, "files": [file.listed() for file in files]},
        size_bytes=sum(file.size_bytes for file in files),
        file_count=len(files),
    )
