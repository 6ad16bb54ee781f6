"""The workers of ready-made endpoints: each takes a job when there is one, and ends it."""

import asyncio
import json
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from local.runpod.cloud import Cloud
from local.runpod.endpoint import Endpoint
from local.runpod.jobs import Job
from local.runpod.ready_made.comfyui import comfyui
from local.runpod.ready_made.fields import Refused
from local.runpod.ready_made.kit import Kit
from local.runpod.ready_made.links import Links
from local.runpod.ready_made.public import PUBLIC, Worker
from local.runpod.ready_made.sdxl import sdxl

AT_ONCE = 2  # jobs of one endpoint
HUB: dict[str, Worker] = {
    "worker-sdxl": sdxl(bucket=False),
    "worker-sdxl+bucket": sdxl(bucket=True),
    "worker-comfyui": comfyui(bucket=False),
    "worker-comfyui+bucket": comfyui(bucket=True),
}


class ReadyMade:
    """Use as an async context manager; RunPod's public endpoints begin with their first call."""

    def __init__(self, cloud: Cloud, hub: Mapping[str, str]) -> None:
        self.links = Links(cloud.clock)
        self.origin = ""  #: of this server, once it is known
        self._cloud = cloud
        self._workers = PUBLIC | {endpoint: HUB[name] for endpoint, name in hub.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        cloud.ready_made = frozenset(self._workers)
        cloud.opened = self._open

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def _open(self, endpoint: Endpoint) -> None:
        if endpoint.id in self._workers:
            self._start(self._attend(endpoint))

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, endpoint: Endpoint) -> None:
        """Take jobs until cancelled."""
        free, silence = asyncio.Semaphore(AT_ONCE), self._cloud.settings.worker_silence
        name, poll = f"{endpoint.id}-worker", self._cloud.polls[endpoint.id]
        while True:
            await free.acquire()
            jobs: list[Job] | None = None
            while not jobs:
                jobs = await poll.until(lambda: endpoint.take(name), silence / 3)
                await asyncio.sleep(0)
            self._start(self._do(endpoint, name, jobs[0], free))

    async def _do(
        self, endpoint: Endpoint, worker_id: str, job: Job, free: asyncio.Semaphore
    ) -> None:
        hearing = asyncio.create_task(self._stay(endpoint, worker_id))
        try:
            await asyncio.sleep(self._cloud.settings.ready_made_seconds)
            result = await self._result(endpoint.id, job)
            self._cloud.finish(endpoint, worker_id, job.id, result)
        finally:
            hearing.cancel()
            free.release()

    async def _stay(self, endpoint: Endpoint, worker_id: str) -> None:
        while True:
            endpoint.hear(worker_id)
            await asyncio.sleep(self._cloud.settings.worker_silence / 3)

    async def _result(self, endpoint_id: str, job: Job) -> dict[str, Any]:
        """Work, and put the worker's answer as the SDK does: an error beside the output."""
        if self._http is None:
            raise RuntimeError("not entered")
        kit = Kit(self.links, self.origin, self._http, self._cloud.plan(job.id))
        try:
            answer = await self._workers[endpoint_id](kit, job.input)
        except Refused as refusal:
            return {"error": refusal.words}
        except Exception:  # noqa: BLE001 - as the SDK does: it says where the handler broke
            return {"error": json.dumps({"error_traceback": traceback.format_exc()})}
        error = answer.pop("error", None)
        answer.pop("refresh_worker", None)
        return ({"output": answer} if answer else {}) | ({"error": error} if error else {})
