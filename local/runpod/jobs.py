"""One job of an endpoint: a frozen value whose transitions are pure functions of it and the time.

A transition that does not apply returns the same object: late, repeated and foreign messages of a
worker change nothing. Times are seconds of the injected clock.
States: https://docs.runpod.io/serverless/endpoints/job-states
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from local.runpod.errors import NotRetriable

CRASHED = "worker exited before the job was finished"
TIMED_OUT = "job exceeded its execution timeout"


class Status(StrEnum):
    IN_QUEUE = "IN_QUEUE"  #: waits for a worker
    IN_PROGRESS = "IN_PROGRESS"  #: a worker has it
    COMPLETED = "COMPLETED"  #: the worker returned; the output may still be missing
    FAILED = "FAILED"  #: the worker raised or returned an error, or died too often
    CANCELLED = "CANCELLED"  #: the owner stopped it
    TIMED_OUT = "TIMED_OUT"  #: it ran longer than policy.executionTimeout

    @property
    def is_final(self) -> bool:
        return self not in {Status.IN_QUEUE, Status.IN_PROGRESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    id: str
    endpoint_id: str
    input: Mapping[str, Any]
    webhook: str | None = None
    execution_timeout: float  #: seconds of running
    ttl: float  #: seconds from the submit to the deletion, whatever happens in between
    retention: float  #: seconds that a finished job is kept
    submitted_at: float
    expires_at: float  #: from here on the job does not exist any more
    status: Status = Status.IN_QUEUE
    worker_id: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)  #: output and error, where they exist
    chunks: tuple[Any, ...] = ()  #: streamed and not yet read
    crashes: int = 0  #: how many workers died with it

    def belongs_to(self, worker_id: str) -> bool:
        return self.status is Status.IN_PROGRESS and self.worker_id == worker_id

    def is_gone(self, now: float) -> bool:
        return now >= self.expires_at

    def is_overdue(self, now: float) -> bool:
        return (
            self.status is Status.IN_PROGRESS
            and self.started_at is not None
            and now >= self.started_at + self.execution_timeout
        )

    def taken(self, worker_id: str, now: float) -> "Job":
        if self.status is not Status.IN_QUEUE:
            return self
        return replace(self, status=Status.IN_PROGRESS, worker_id=worker_id, started_at=now)

    def progressed(self, worker_id: str, output: Any) -> "Job":
        if not self.belongs_to(worker_id):
            return self
        return replace(self, outcome={"output": output})

    def streamed(self, worker_id: str, output: Any) -> "Job":
        if not self.belongs_to(worker_id):
            return self
        return replace(self, chunks=(*self.chunks, output))

    def drained(self) -> "Job":
        return replace(self, chunks=()) if self.chunks else self

    def returned(self, worker_id: str, result: Mapping[str, Any], now: float) -> "Job":
        """Take a worker's result, `{"output"?, "error"?}`; with an error the job has FAILED."""
        if not self.belongs_to(worker_id):
            return self
        outcome = {key: result[key] for key in ("output", "error") if key in result}
        status = Status.FAILED if result.get("error") else Status.COMPLETED
        return self._finished(status, outcome, now)

    def cancelled(self, now: float) -> "Job":
        return self if self.status.is_final else self._finished(Status.CANCELLED, {}, now)

    def timed_out(self, now: float) -> "Job":
        if self.status is not Status.IN_PROGRESS:
            return self
        return self._finished(Status.TIMED_OUT, {"error": TIMED_OUT}, now)

    def orphaned(self, requeues: int, now: float) -> "Job":
        """Go back to the queue because the worker died, or fail when that happened too often."""
        if self.status is not Status.IN_PROGRESS:
            return self
        crashes = self.crashes + 1
        if crashes > requeues:
            failed = self._finished(Status.FAILED, {"error": CRASHED}, now)
            return replace(failed, crashes=crashes)
        return replace(self._requeued(), crashes=crashes)

    def retried(self, now: float) -> "Job":
        """Start a FAILED or TIMED_OUT job again under its id, without its former outcome."""
        if self.status not in {Status.FAILED, Status.TIMED_OUT}:
            raise NotRetriable
        return replace(
            self._requeued(), submitted_at=now, expires_at=now + self.ttl, crashes=0, chunks=()
        )

    def expiring(self, at: float) -> "Job":
        """End the job's existence at `at` if that is sooner than it would end anyway."""
        return replace(self, expires_at=at) if at < self.expires_at else self

    def _requeued(self) -> "Job":
        return replace(
            self,
            status=Status.IN_QUEUE,
            worker_id=None,
            started_at=None,
            finished_at=None,
            outcome={},
        )

    def _finished(self, status: Status, outcome: Mapping[str, Any], now: float) -> "Job":
        return replace(
            self,
            status=status,
            outcome=outcome,
            finished_at=now,
            expires_at=min(self.expires_at, now + self.retention),
        )


def timings(job: Job) -> dict[str, int]:
    """Give delayTime and executionTime in milliseconds, each one once it is known."""
    if job.started_at is None:
        return {}
    delay = {"delayTime": round((job.started_at - job.submitted_at) * 1000)}
    if job.finished_at is None:
        return delay
    return {**delay, "executionTime": round((job.finished_at - job.started_at) * 1000)}


def status_document(job: Job) -> dict[str, Any]:
    """Answer of /status, and of /runsync when the job has ended."""
    worker = {} if job.worker_id is None else {"workerId": job.worker_id}
    return {**timings(job), "id": job.id, "status": str(job.status), **job.outcome, **worker}


def webhook_body(job: Job) -> dict[str, Any]:
    """Body of the callback as seen in the wild: input and webhook are echoed, no workerId.

    https://github.com/runpod/runpod-python/issues/409
    """
    return {
        **timings(job),
        "id": job.id,
        "input": job.input,
        **job.outcome,
        "status": str(job.status),
        "webhook": job.webhook,
    }
