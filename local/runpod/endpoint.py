"""One endpoint: its jobs, its queue, its workers. All rules, no I/O; time comes from the clock.

Every change is told to the observer as (event, job), which is where webhooks, the history and
waiting requests hang on.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.runpod.errors import JobNotFound
from local.runpod.jobs import Job, Status
from local.runpod.settings import Settings

Clock = Callable[[], float]
Observer = Callable[[str, Job], None]


@dataclass(slots=True)
class Worker:
    """What the endpoint knows of a worker that has called it."""

    id: str
    seen_at: float
    draining: bool = False  #: gets no further job, as it is about to stop


class Endpoint:
    def __init__(
        self, endpoint_id: str, settings: Settings, clock: Clock, observer: Observer
    ) -> None:
        self.id = endpoint_id
        self.jobs: dict[str, Job] = {}
        self.workers: dict[str, Worker] = {}
        self._settings = settings
        self._clock = clock
        self._observer = observer
        self._queue: deque[str] = deque()
        self._stops: dict[str, list[str]] = {}
        self._totals: Counter[str] = Counter()

    # --- the owner of a job ---------------------------------------------------------------------

    def submit(self, job: Job, *, runs: bool = True) -> Job:
        """Accept a job; one that never `runs` stays IN_QUEUE until its TTL (a fault)."""
        self.jobs[job.id] = job
        if runs:
            self._queue.append(job.id)
        self._observer("submitted", job)
        return job

    def job(self, job_id: str) -> Job:
        job = self.jobs.get(job_id)
        if job is None or job.is_gone(self._clock()):
            raise JobNotFound
        return job

    def expire_after(self, job_id: str, seconds: float) -> None:
        self.jobs[job_id] = self.job(job_id).expiring(self._clock() + seconds)

    def cancel(self, job_id: str) -> Job:
        before = self.job(job_id)
        job = self._replace(before, before.cancelled(self._clock()), "cancelled")
        if before.status is Status.IN_PROGRESS:
            self._stop(job)
        return job

    def retry(self, job_id: str) -> Job:
        before = self.job(job_id)
        job = self._replace(before, before.retried(self._clock()), "retried")
        self._totals["retried"] += 1
        self._queue.append(job_id)
        return job

    def forget(self, job_id: str) -> None:
        """Delete a job, whatever it is doing (a fault)."""
        if job_id in self.jobs:
            self._delete(self.jobs[job_id])

    def purge(self) -> int:
        queued = [job for job in self.jobs.values() if job.status is Status.IN_QUEUE]
        for job in queued:
            self._replace(job, job.cancelled(self._clock()), "purged")
        return len(queued)

    def read_stream(self, job_id: str) -> Job:
        """Give the job with the chunks that nobody has read yet, and forget those."""
        job = self.job(job_id)
        self.jobs[job_id] = job.drained()
        return job

    def health(self) -> dict[str, dict[str, int]]:
        live = Counter(job.status for job in self.jobs.values())
        busy = self.busy_workers()
        idle = sum(1 for worker in self.workers.values() if worker.id not in busy)
        return {
            "jobs": {
                "completed": self._totals[Status.COMPLETED],
                "failed": self._totals[Status.FAILED] + self._totals[Status.TIMED_OUT],
                "inProgress": live[Status.IN_PROGRESS],
                "inQueue": live[Status.IN_QUEUE],
                "retried": self._totals["retried"],
            },
            "workers": {
                "idle": idle,
                "initializing": 0,
                "ready": idle,
                "running": len(busy),
                "throttled": 0,
                "unhealthy": 0,
            },
        }

    # --- the worker -----------------------------------------------------------------------------

    def hear(self, worker_id: str) -> None:
        """Note that the worker is alive."""
        worker = self.workers.setdefault(worker_id, Worker(worker_id, 0.0))
        worker.seen_at = self._clock()

    def take(self, worker_id: str, limit: int = 1) -> list[Job]:
        """Hand the worker up to `limit` jobs, oldest first."""
        self.hear(worker_id)
        taken: list[Job] = []
        while self._queue and len(taken) < limit and not self.workers[worker_id].draining:
            job = self.jobs.get(self._queue.popleft())
            now = self._clock()
            if job is None or job.status is not Status.IN_QUEUE or job.is_gone(now):
                continue
            taken.append(self._replace(job, job.taken(worker_id, now), "taken"))
        return taken

    def progress(self, worker_id: str, job_id: str, output: Any) -> None:
        self.hear(worker_id)
        before = self.jobs.get(job_id)
        if before is not None:
            self._replace(before, before.progressed(worker_id, output), "progressed")

    def stream(self, worker_id: str, job_id: str, output: Any) -> None:
        self.hear(worker_id)
        before = self.jobs.get(job_id)
        if before is not None:
            self._replace(before, before.streamed(worker_id, output), "streamed")

    def finish(self, worker_id: str, job_id: str, result: Mapping[str, Any]) -> bool:
        """Apply a final result; False when it changes nothing (late, foreign, or a second one)."""
        self.hear(worker_id)
        before = self.jobs.get(job_id)
        if before is None:
            return False
        after = before.returned(worker_id, result, self._clock())
        self._replace(before, after, "returned")
        return after is not before

    def ping(self, worker_id: str, running: Iterable[str]) -> None:
        """Note the jobs that the worker says it is running; what it should not run is stopped.

        The SDK ignores a stop for a job that it has taken and not yet started, so one stop may
        not be enough.
        """
        self.hear(worker_id)
        pending = self._stops.get(worker_id, [])
        for job_id in running:
            job = self.jobs.get(job_id)
            if job_id not in pending and (job is None or not job.belongs_to(worker_id)):
                self._stops.setdefault(worker_id, []).append(job_id)
                if job is not None:
                    self._observer("stop requested", job)

    def stops(self, worker_id: str) -> list[str]:
        """Give the ids of the jobs that the worker has to stop, once."""
        self.hear(worker_id)
        return self._stops.pop(worker_id, [])

    def drain(self, worker_id: str) -> None:
        """Give no further job to a worker that is about to stop."""
        if worker_id in self.workers:
            self.workers[worker_id].draining = True

    def lose(self, worker_id: str) -> None:
        """Forget a dead worker; what it was working on is requeued or fails."""
        self.workers.pop(worker_id, None)
        self._stops.pop(worker_id, None)
        orphans = [job for job in self.jobs.values() if job.belongs_to(worker_id)]
        for before in orphans:
            job = before.orphaned(self._settings.requeues_after_crash, self._clock())
            self._replace(before, job, "orphaned")
            if job.status is Status.IN_QUEUE:
                self._totals["retried"] += 1
                self._queue.appendleft(job.id)

    def busy_workers(self) -> set[str]:
        return {
            job.worker_id
            for job in self.jobs.values()
            if job.worker_id is not None and job.status is Status.IN_PROGRESS
        }

    def waiting(self) -> int:
        """How many jobs a further worker could take."""
        return sum(
            1
            for job_id in self._queue
            if job_id in self.jobs and self.jobs[job_id].status is Status.IN_QUEUE
        )

    # --- the passing of time --------------------------------------------------------------------

    def tick(self) -> None:
        """Apply every deadline that has passed: silence of workers, timeouts, deletions."""
        now = self._clock()
        for worker in list(self.workers.values()):
            if now - worker.seen_at >= self._settings.worker_silence:
                self.lose(worker.id)
        for job in list(self.jobs.values()):
            if job.is_gone(now):
                self._delete(job)
            elif job.is_overdue(now):
                self._stop(self._replace(job, job.timed_out(now), "timed out"))

    def _delete(self, job: Job) -> None:
        del self.jobs[job.id]
        if job.status is Status.IN_PROGRESS:
            self._stop(job)
        self._observer("deleted", job)

    def _stop(self, job: Job) -> None:
        if job.worker_id is not None:
            self._stops.setdefault(job.worker_id, []).append(job.id)
            self._observer("stop requested", job)

    def _replace(self, before: Job, after: Job, event: str) -> Job:
        if after is before:
            return after
        self.jobs[after.id] = after
        if after.status.is_final:
            self._totals[after.status] += 1
        self._observer(event, after)
        return after
