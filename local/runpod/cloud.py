"""All endpoints together with what hangs on their changes: callbacks, history, waiting requests."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from local.runpod import faults
from local.runpod.endpoint import Clock, Endpoint
from local.runpod.errors import EndpointNotFound
from local.runpod.faults import Faults, JobAction, LaterAction, WorkerKill
from local.runpod.feed import Feed
from local.runpod.history import History
from local.runpod.jobs import Job
from local.runpod.limits import RateLimits
from local.runpod.longpoll import LongPoll
from local.runpod.settings import Settings
from local.runpod.webhooks import WebhookSender

ENDS = {"returned", "orphaned", "timed out", "cancelled", "purged"}


class Cloud:
    """One account with its endpoints; lives on one event loop."""

    def __init__(self, endpoint_ids: Iterable[str], settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.faults = Faults()
        self.feed = Feed(clock)
        self.history = History(clock, settings.identity_fields, self.feed)
        self.limits = RateLimits(clock, enabled=settings.rate_limits)
        self.webhooks = WebhookSender(settings, self.history)
        self.endpoints: dict[str, Endpoint] = {}
        self.polls: dict[str, LongPoll] = {}
        #: endpoints that are there for everybody, from their first call on
        self.ready_made: frozenset[str] = frozenset()
        self.opened: Callable[[Endpoint], None] = lambda _: None
        for endpoint_id in endpoint_ids:
            self._open(endpoint_id)
        #: kills and replaces worker processes by their id, False if the process is not known
        self.kill_worker: Callable[[str], bool] = lambda _: False
        self.refresh_worker: Callable[[str], bool] = lambda _: False
        self._plans: dict[str, tuple[JobAction, ...]] = {}
        self._kills: dict[str, int] = {}

    def endpoint(self, endpoint_id: str) -> Endpoint:
        if endpoint_id not in self.endpoints:
            if endpoint_id not in self.ready_made:
                raise EndpointNotFound
            self._open(endpoint_id)
        return self.endpoints[endpoint_id]

    def _open(self, endpoint_id: str) -> None:
        endpoint = Endpoint(endpoint_id, self.settings, self.clock, self._observe)
        self.endpoints[endpoint_id] = endpoint
        self.polls[endpoint_id] = LongPoll()
        self.opened(endpoint)

    def submit(self, job: Job, operation: str) -> Job:
        """Accept a job, and decide now what will go wrong with it."""
        plan = self.faults.on_job(job.endpoint_id, operation, job.input)
        self._plans[job.id] = plan
        described = [action.model_dump(mode="json") for action in plan]
        self.history.open(job.id, job.endpoint_id, job.input, described)
        runs = not any(isinstance(action, faults.DropJob) for action in plan)
        accepted = self.endpoint(job.endpoint_id).submit(job, runs=runs)
        if any(isinstance(action, faults.Forget) for action in plan):
            self.endpoint(job.endpoint_id).forget(job.id)
        return accepted

    def disturb(self, job: Job, actions: Sequence[LaterAction]) -> None:
        """Let something more go wrong with a job that exists: what can be now, now."""
        self._plans[job.id] = (*self.plan(job.id), *actions)
        self.history.planned(job.id, [action.model_dump(mode="json") for action in actions])
        for action in actions:
            match action:
                case faults.WorkerKill():
                    self._kill(job, action)  # while nobody has it: when somebody takes it
                case faults.WebhookForged():
                    self.webhooks.forge(job)
                case faults.Forget():
                    self.endpoints[job.endpoint_id].forget(job.id)

    def finish(
        self, endpoint: Endpoint, worker_id: str, job_id: str, result: Mapping[str, Any]
    ) -> None:
        """Apply the final result of a worker, or what a fault puts in its place."""
        for action in self.plan(job_id):
            match action:
                case faults.CompleteWithoutOutput():
                    result = {}
                case faults.Output():
                    result = {"output": action.output}
                case faults.Fail():
                    result = {"error": action.error}
        if not endpoint.finish(worker_id, job_id, result):
            self.history.event(job_id, "result ignored", worker=worker_id)

    def plan(self, job_id: str) -> tuple[JobAction, ...]:
        return self._plans.get(job_id, ())

    async def keep_time(self) -> None:
        """Apply deadlines until cancelled."""
        while True:
            for endpoint in self.endpoints.values():
                endpoint.tick()
            await asyncio.sleep(self.settings.tick)

    def close_polls(self) -> None:
        for poll in self.polls.values():
            poll.close()
        self.feed.close()

    def _observe(self, event: str, job: Job) -> None:
        if event == "taken" and job.worker_id is not None:
            self.history.taken(job.id, job.worker_id)
        worker = {} if job.worker_id is None else {"worker": job.worker_id}
        self.history.event(job.id, event, status=str(job.status), **worker)
        self.history.status(job.id, "DELETED" if event == "deleted" else str(job.status))
        self._strike_worker(event, job)
        if event == "taken" and any(
            isinstance(action, faults.WebhookForged) for action in self.plan(job.id)
        ):
            self.webhooks.forge(job)
        if event in ENDS and job.webhook and job.status in self.settings.webhook_statuses:
            self.webhooks.send(job, self.plan(job.id))
        if event == "deleted":
            self._plans.pop(job.id, None)
            self._kills.pop(job.id, None)
        self.polls[job.endpoint_id].wake()

    def _strike_worker(self, event: str, job: Job) -> None:
        for action in self.plan(job.id):
            if not isinstance(action, WorkerKill) or self._kills.get(job.id, 0) >= action.times:
                continue
            if event == "taken" and action.after_seconds is not None:
                asyncio.get_running_loop().call_later(action.after_seconds, self._kill, job, action)
            elif event == "taken" and action.after_progress is None:
                asyncio.get_running_loop().call_soon(self._kill, job, action)
            elif event == "progressed" and action.after_progress is not None:
                progress = _progress(job.outcome.get("output"))
                if progress is not None and progress >= action.after_progress:
                    self._kill(job, action)

    def _kill(self, job: Job, action: WorkerKill) -> None:
        current = self.endpoints[job.endpoint_id].jobs.get(job.id)
        worker_id = job.worker_id or ""
        kills = self._kills.get(job.id, 0)
        if current is None or not current.belongs_to(worker_id) or kills >= action.times:
            return
        self._kills[job.id] = kills + 1
        event = "worker killed" if self.kill_worker(worker_id) else "worker out of reach"
        self.history.event(job.id, event, worker=worker_id)


def _progress(output: Any) -> float | None:
    value = output.get("progress") if isinstance(output, dict) else output
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
