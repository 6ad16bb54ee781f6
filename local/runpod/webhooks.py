"""Callbacks: one POST when a job has ended, repeated twice if it is not answered with 200.

https://docs.runpod.io/serverless/endpoints/send-requests (webhooks). Nothing is signed. Redirects
are not followed.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any, Self

import aiohttp

from local.runpod import faults
from local.runpod.history import History
from local.runpod.jobs import Job, webhook_body
from local.runpod.settings import Settings

# RunPod hangs up soon and calls again. Who forges calls once, and wants to know what came of it.
_FORGER = aiohttp.ClientTimeout(total=60.0)


class WebhookSender:
    """Delivers callbacks in the background; use as an async context manager."""

    def __init__(self, settings: Settings, history: History) -> None:
        self._settings = settings
        self._patience = aiohttp.ClientTimeout(total=settings.webhook_timeout)
        self._history = history
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, job: Job, plan: Sequence[faults.JobAction] = ()) -> None:
        """Begin to deliver the callback of an ended job, disturbed as `plan` says."""
        self._begin(self._send(job, plan))

    def forge(self, job: Job) -> None:
        """Begin to deliver two callbacks that are not the job's: a lie, and a URL of nobody's."""
        if job.webhook:
            self._begin(self._forge(job, job.webhook))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, job: Job, plan: Sequence[faults.JobAction]) -> None:
        times = 1
        for action in plan:
            match action:
                case faults.WebhookLost():
                    self._history.delivered(job.id, job.status, None, "lost on purpose")
                    return
                case faults.WebhookLate():
                    await asyncio.sleep(action.seconds)
                case faults.WebhookRepeated():
                    times = action.times
                case faults.WebhookReordered():
                    await self._hold(job.endpoint_id, action.seconds)
        for _ in range(times):
            await self._deliver(job)
        for event in self._held.pop(job.endpoint_id, []):
            event.set()

    async def _hold(self, endpoint_id: str, seconds: float) -> None:
        event = asyncio.Event()
        self._held[endpoint_id].append(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    async def _deliver(self, job: Job) -> None:
        payload = json.dumps(webhook_body(job)).encode()
        for attempt in range(self._settings.webhook_attempts):
            if attempt:
                await asyncio.sleep(self._settings.webhook_delay)
            answer, problem = await self._post(job.webhook or "", payload, self._patience)
            self._history.delivered(job.id, job.status, answer, problem)
            if answer == 200:
                return

    async def _forge(self, job: Job, url: str) -> None:
        lie = {**webhook_body(job), "status": "COMPLETED", "output": {"forged": True}}
        payload = json.dumps(lie).encode()
        for what, target in (("a lie at its URL", url), ("a URL never given", _altered(url))):
            answer, problem = await self._post(target, payload, _FORGER)
            self._history.forged(job.id, what, answer, problem)

    async def _post(
        self, url: str, payload: bytes, patience: aiohttp.ClientTimeout
    ) -> tuple[int | None, str | None]:
        if self._session is None:
            raise RuntimeError("The sender was not started.")
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                url, data=payload, headers=headers, allow_redirects=False, timeout=patience
            ) as response:
                return response.status, None
        except TimeoutError:
            return None, "timeout"
        except (aiohttp.ClientError, ValueError) as error:
            return None, type(error).__name__


def _altered(url: str) -> str:
    """The URL with another letter in the middle of its last part, where a token would stand."""
    base, slash, last = url.rpartition("/")
    middle = len(last) // 2
    other = "B" if last[middle : middle + 1] == "A" else "A"
    return f"{base}{slash}{last[:middle]}{other}{last[middle + 1 :]}"
