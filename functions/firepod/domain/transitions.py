"""The state machine: every change of a generation, as pure functions of what is stored.

`queued -> processing -> completed | failed | cancelled`, `queued -> any terminal`; `retry` takes
`failed | cancelled` back to `queued` with the next attempt (docs/contract.md, 3). A change that has
nothing to do returns the records that it was given, the very same object; then nothing is written.
Firestore may run a change again, so none has an effect of its own.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from firepod.domain.budget import Total
from firepod.domain.generation import (
    ErrorCode,
    Generation,
    Job,
    Phase,
    RunpodJob,
    Status,
    StoredFile,
    lease_of,
)
from firepod.domain.quota import Quota

LEASE_MARGIN = timedelta(minutes=5)  # a quota lease outlives its job's deadline by this
CLAIM_STALE = timedelta(seconds=15)  # a worker writes at least every few seconds; then it is dead
STOP_CHECK = timedelta(seconds=30)  # when a stopped job's clearing is looked after


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An idempotency key of a user: what it started, so that it starts nothing again."""

    request_hash: str
    generation: str  #: path of the generation's document
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything about one generation, read at one time and written in one transaction."""

    generation: Generation | None = None
    job: Job | None = None
    quota: Quota = field(default_factory=Quota)
    key: Key | None = None
    total: Total | None = None  #: only where something is started; changed by `sweep` alone
    #: when it was read, by the clock that stamps `modified`
    read_at: datetime | None = field(default=None, compare=False)


def accepted(records: Records, generation: Generation, job: Job) -> Records:
    """A new generation, or a new attempt, is queued; the quota was taken by the caller."""
    old = records.job
    if old is not None:
        stray = old.stray or old.runpod_job_id is None
        job = replace(job, leftovers=_runpod_jobs(old), stray=stray)
    return replace(records, generation=generation, job=job)


def is_live(records: Records, attempt: int) -> bool:
    """Whether this attempt is the current one and has not ended."""
    generation = records.generation
    return (
        generation is not None
        and not generation.status.terminal
        and generation.attempt == attempt
        and records.job is not None
    )


def submitted(records: Records, attempt: int, runpod_job_id: str, check_at: datetime) -> Records:
    """RunPod took the job. The worker's claim or a callback may have told us already."""
    job = records.job
    if not is_live(records, attempt) or job is None:
        return _stray(records, attempt, runpod_job_id)
    if job.runpod_job_id is not None:
        return records
    return replace(
        records,
        job=replace(
            job, phase=Phase.SUBMITTED, runpod_job_id=runpod_job_id, check_at=check_at, checks=0
        ),
    )


def _stray(records: Records, attempt: int, runpod_job_id: str) -> Records:
    """RunPod took a job that is over by now: remember its id, so that it is stopped."""
    job = records.job
    if job is None:
        return records
    if job.attempt > attempt:
        known = RunpodJob(job.endpoint_id, runpod_job_id)
        if known in _runpod_jobs(job):
            return records
        return replace(records, job=replace(job, leftovers=(*job.leftovers, known)))
    if job.attempt != attempt or job.runpod_job_id is not None:
        return records
    return replace(records, job=replace(job, runpod_job_id=runpod_job_id))


def put_off(records: Records, attempt: int, phase: Phase, check_at: datetime) -> Records:
    """The call of /run had no id as its answer: it was not reached (waiting) or is unknown."""
    job = records.job
    if not is_live(records, attempt) or job is None or job.runpod_job_id is not None:
        return records
    return replace(records, job=replace(job, phase=phase, check_at=check_at))


def dispatching(records: Records, attempt: int, check_at: datetime) -> Records:
    """Claim a waiting job before calling /run; one process wins, the others get no change."""
    job = records.job
    if not is_live(records, attempt) or job is None or job.phase is not Phase.WAITING:
        return records
    return replace(records, job=replace(job, phase=Phase.SUBMITTING, check_at=check_at))


def claimed(
    records: Records, attempt: int, runpod_job_id: str, claim: str, now: datetime
) -> Records:
    """A worker begins. Only one run of an attempt may; a dead one's place can be taken.

    RunPod hands a job out again after it lost the first worker. That run may go on once the
    first one has been silent for CLAIM_STALE; the run of another RunPod job never may. How long
    is a question to the database's clock alone: `now`, a worker's own, may be hours off.
    """
    generation, job = records.generation, records.job
    if generation is None or job is None or not is_live(records, attempt):
        return records
    if job.claim == claim:
        return records  # our own write, whose confirmation was lost
    if job.claim is not None and (
        job.runpod_job_id != runpod_job_id or quiet_for(records) < CLAIM_STALE
    ):
        return records
    adopted = job.runpod_job_id is None
    leftovers = job.leftovers
    if job.runpod_job_id not in {None, runpod_job_id}:
        # Two RunPod jobs for one attempt: the first to claim is the one, the other is stopped.
        leftovers = (*leftovers, *([job.at_runpod] if job.at_runpod else []))
    return replace(
        records,
        generation=replace(
            generation, status=Status.PROCESSING, progress=0.0, started_at=now, modified=now
        ),
        job=replace(
            job,
            phase=Phase.SUBMITTED,
            runpod_job_id=runpod_job_id,
            claim=claim,
            checks=0 if adopted else job.checks,
            leftovers=leftovers,
        ),
    )


def begun_directly(records: Records, generation: Generation, job: Job, now: datetime) -> Records:
    """A worker begins what somebody sent to RunPod by themselves, without the backend.

    Their document may be there, queued; one that Firepod's backend has made is not taken.
    """
    known = records.generation
    if records.job is not None or (known is not None and known.status is not Status.QUEUED):
        return records
    if known is not None:
        request_data = {**known.request_data, **generation.request_data}
        generation = replace(generation, request_data=request_data, created_at=known.created_at)
    return replace(
        records,
        generation=replace(
            generation,
            status=Status.PROCESSING,
            progress=0.0,
            created_at=generation.created_at or now,
            started_at=now,
            modified=now,
        ),
        job=job,
    )


def quiet_for(records: Records) -> timedelta:
    """How long a generation has not changed, by one clock; nothing where that is not known."""
    generation = records.generation
    if generation is None or generation.modified is None or records.read_at is None:
        return timedelta()
    return records.read_at - generation.modified


def held(records: Records, attempt: int, claim: str) -> bool:
    """Whether this run of a worker still is the one that makes this attempt."""
    job = records.job
    return is_live(records, attempt) and job is not None and job.claim == claim


def progressed(
    records: Records, attempt: int, progress: float, now: datetime, claim: str | None = None
) -> Records:
    """A worker tells how far it is, or RunPod that it runs; `claim` is the telling worker's."""
    generation = records.generation
    if generation is None or not is_live(records, attempt):
        return records
    if claim is not None and not held(records, attempt, claim):
        return records
    known = generation.progress or 0.0
    value = min(1.0, max(known, progress))
    if claim is None and generation.status is Status.PROCESSING and value == known:
        return records  # a worker's repetition is its sign of life, RunPod's is no news
    return replace(
        records,
        generation=replace(
            generation,
            status=Status.PROCESSING,
            progress=value,
            started_at=generation.started_at or now,
            modified=now,
        ),
    )


def completed(
    records: Records,
    attempt: int,
    files: tuple[StoredFile, ...],
    generation_data: dict[str, Any],
    *,
    now: datetime,
    metrics: dict[str, int] | None = None,
    expires_at: datetime | None = None,
    claim: str | None = None,
) -> Records:
    """The files are in Storage. Frees the place and, where nothing is left to do, the job."""
    generation, job = records.generation, records.job
    if generation is None or job is None or not is_live(records, attempt):
        return records
    if claim is not None and not held(records, attempt, claim):
        return records
    return replace(
        records,
        generation=replace(
            _with_files(generation, files, generation_data, now),
            metrics=metrics,
            expires_at=expires_at,
        ),
        job=_over(job, now) if job.leftovers or _holds_older(records.quota, job) else None,
        quota=records.quota.released(job.lease),
    )


def failed(
    records: Records,
    attempt: int,
    code: ErrorCode,
    error: str,
    *,
    now: datetime,
    metrics: dict[str, int] | None = None,
    expires_at: datetime | None = None,
    claim: str | None = None,
) -> Records:
    """It ended badly. The job stays until its files and RunPod's job are cleared away."""
    generation, job = records.generation, records.job
    if generation is None or job is None or not is_live(records, attempt):
        return records
    if claim is not None and not held(records, attempt, claim):
        return records
    never_ran = code in {ErrorCode.REJECTED, ErrorCode.EXPIRED} and job.claim is None
    never_taken = code is ErrorCode.REJECTED and not (job.leftovers or job.stray)
    quota = records.quota.released(job.lease)
    return replace(
        records,
        generation=replace(
            generation,
            status=Status.FAILED,
            error=error,
            error_code=code,
            progress=None,
            metrics=metrics,
            completed_at=now,
            modified=now,
            expires_at=expires_at,
        ),
        job=None if never_taken else _over(job, now),
        quota=quota.refunded(job.units, job.created_at) if never_ran else quota,
    )


def cancelled(records: Records, *, now: datetime, expires_at: datetime | None = None) -> Records:
    """Its user stops it, in whatever state it is; an ended one stays as it ended.

    Its running place stays taken until RunPod's job is known to have ended (`stopped`, `cleared`):
    else who cancels at once could have any number of jobs on a GPU.
    """
    generation = records.generation
    if generation is None or generation.status.terminal:
        return records
    job = records.job
    return replace(
        records,
        generation=replace(
            generation,
            status=Status.CANCELLED,
            progress=None,
            completed_at=now,
            modified=now,
            expires_at=expires_at,
        ),
        job=None if job is None else _over(job, now),
        quota=_without_waiting(records.quota, job),
    )


def discarded(records: Records, tombstone: Job, *, now: datetime) -> Records:
    """The document goes; a job stays behind until files and RunPod's job are gone too.

    `tombstone` is used where no job is left, as of a completed generation.
    """
    generation = records.generation
    if generation is None:
        return records
    job = replace(records.job or tombstone, uploads=tombstone.uploads)
    return replace(
        records,
        generation=None,
        job=_over(job, now),
        quota=_without_waiting(records.quota, records.job),
    )


def stopped(
    records: Records, file_uid: str, attempt: int, runpod_job_id: str | None = None
) -> Records:
    """The RunPod job of an attempt that is over has ended too; its running place is free.

    Without an id RunPod never took one.
    """
    if is_live(records, attempt):
        return records
    quota, job = records.quota.released(lease_of(file_uid, attempt)), records.job
    if job is not None:
        left = tuple(one for one in job.leftovers if one.job_id != runpod_job_id)
        job = job if left == job.leftovers else replace(job, leftovers=left)
    if quota is records.quota and job is records.job:
        return records
    return replace(records, quota=quota, job=job)


def saving(records: Records, job: Job) -> Records:
    """Files that a user made elsewhere are about to be stored.

    The job is in phase STOPPING: if the process dies before `saved`, what it has stored is found
    and deleted as what any stopped job leaves behind.
    """
    return replace(records, job=job)


def saved(
    records: Records,
    job: Job,
    generation: Generation,
    files: tuple[StoredFile, ...],
    generation_data: dict[str, Any],
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> Records:
    """What a user made elsewhere is in Storage: a completed generation without a run of ours."""
    if records.generation is not None or records.job is None or records.job.ref != job.ref:
        return records
    return replace(
        records,
        generation=replace(
            _with_files(generation, files, generation_data, now), expires_at=expires_at
        ),
        job=None,
    )


def orphaned(records: Records, attempt: int, *, now: datetime) -> Records:
    """The document was deleted or changed by hand: its job is cleared away as after an end."""
    job = records.job
    if job is None or job.attempt != attempt or job.phase is Phase.STOPPING:
        return records
    if is_live(records, attempt):
        return records
    return replace(records, job=_over(job, now), quota=_without_waiting(records.quota, job))


def cleared(records: Records, attempt: int) -> Records:
    """Nothing of an ended generation is left at RunPod or in Storage."""
    job = records.job
    if job is None or job.attempt != attempt or job.phase is not Phase.STOPPING:
        return records
    return replace(records, job=None, quota=records.quota.released(job.lease, *job.older_leases))


def without_leftover(records: Records, leftover: RunpodJob) -> Records:
    """A RunPod job of an older attempt is known to have ended."""
    job = records.job
    if job is None or leftover not in job.leftovers:
        return records
    left = tuple(one for one in job.leftovers if one != leftover)
    quota = records.quota
    if not left and not job.stray:
        quota = quota.released(*job.older_leases)
    return replace(records, job=replace(job, leftovers=left), quota=quota)


def _over(job: Job, now: datetime) -> Job:
    """The job of an attempt that has ended: what is left of it is to be cleared away."""
    return replace(job, phase=Phase.STOPPING, check_at=now + STOP_CHECK, checks=0, claim=None)


def _holds_older(quota: Quota, job: Job) -> bool:
    return not quota.leases.keys().isdisjoint(job.older_leases)


def _without_waiting(quota: Quota, job: Job | None) -> Quota:
    """What RunPod certainly has nothing of takes no place and has cost nothing."""
    if job is None or job.phase is not Phase.WAITING:
        return quota
    return quota.released(job.lease).refunded(job.units, job.created_at)


def _runpod_jobs(job: Job) -> tuple[RunpodJob, ...]:
    return (*job.leftovers, *([job.at_runpod] if job.at_runpod else []))


def _with_files(
    generation: Generation,
    files: tuple[StoredFile, ...],
    generation_data: dict[str, Any],
    now: datetime,
) -> Generation:
    return replace(
        generation,
        status=Status.COMPLETED,
        generated=True,
        progress=None,
        generation_data={**generation_data, "files": [file.listed() for file in files]},
        size_bytes=sum(file.size_bytes for file in files),
        file_count=len(files),
        completed_at=now,
        modified=now,
    )
