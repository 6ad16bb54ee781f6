"""The whole of it as one object: `async with LocalRunPod(["ep"]) as runpod: runpod.url`."""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Self

from aiohttp import web

from local.runpod.client_api import ClientApi
from local.runpod.cloud import Cloud
from local.runpod.control_api import ControlApi
from local.runpod.endpoint import Clock
from local.runpod.gate import Gate
from local.runpod.pages import Pages
from local.runpod.ready_made.crew import ReadyMade
from local.runpod.settings import Settings
from local.runpod.worker_api import WorkerApi
from local.runpod.workers import Crew, Supervisor


class LocalRunPod:
    """RunPod on one port of this machine, with workers of its own if there is a crew."""

    def __init__(
        self,
        endpoints: Iterable[str],
        *,
        api_key: str = "local",
        host: str = "127.0.0.1",
        port: int = 0,
        settings: Settings | None = None,
        clock: Clock = time.time,
        crew: Crew | None = None,
        hub: Mapping[str, str] | None = None,
    ) -> None:
        self.cloud = Cloud(endpoints, settings or Settings(), clock)
        self._ready_made = ReadyMade(self.cloud, hub or {})
        self.supervisor: Supervisor | None = None
        self._api_key = api_key
        self._host = host
        self._port = port
        self._crew = crew
        self._pages = Pages(self.cloud.settings.pages)
        self._resources = AsyncExitStack()

    @property
    def origin(self) -> str:
        """Scheme, host and port; the controls are under `{origin}/local`."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The base of the API, what https://api.runpod.ai/v2 is in the cloud."""
        return f"{self.origin}/v2"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as resources:
            await resources.enter_async_context(self.cloud.webhooks)
            await self._serve(resources)
            keeping_time = asyncio.create_task(self.cloud.keep_time())
            resources.callback(keeping_time.cancel)
            if self._crew is not None:
                await self._start_crew(self._crew, resources)
            await resources.enter_async_context(self._ready_made)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    def is_ready(self) -> bool:
        return self.supervisor is None or self.supervisor.is_ready()

    async def ready(self) -> None:
        """Wait for the first contact of every worker that always runs."""
        while not self.is_ready():  # noqa: ASYNC110 - the state of many workers, not one event
            await asyncio.sleep(0.05)

    async def _serve(self, resources: AsyncExitStack) -> None:
        app = web.Application(client_max_size=self.cloud.settings.runsync_body_bytes)
        gate = Gate(self.cloud, self._api_key)
        app.add_routes(ClientApi(self.cloud).routes(gate))
        app.add_routes(WorkerApi(self.cloud).routes(gate))
        app.add_routes(ControlApi(self.cloud, self.is_ready, self._pages).routes())
        app.on_response_prepare.append(self._pages.allow)
        app.add_routes(self._ready_made.links.routes())
        # Without handler_cancellation the held job-take of a dead worker would swallow a job.
        runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await runner.setup()
        resources.push_async_callback(runner.cleanup)
        resources.callback(self.cloud.close_polls)
        await web.TCPSite(runner, self._host, self._port).start()
        self._port = runner.addresses[0][1]
        self._ready_made.origin = self.origin

    async def _start_crew(self, crew: Crew, resources: AsyncExitStack) -> None:
        self.supervisor = Supervisor(self.cloud, crew, base_url=self.url, api_key=self._api_key)
        self.cloud.kill_worker = self.supervisor.kill
        self.cloud.refresh_worker = self.supervisor.refresh
        resources.push_async_callback(self.supervisor.stop)
        await self.supervisor.start()


@contextmanager
def running_in_thread(endpoints: Iterable[str], **options: Any) -> Iterator[LocalRunPod]:
    """Serve from a thread for as long as the block lasts; `options` are those of LocalRunPod.

    The object lives on that thread's loop: use its `url` and `origin` only.
    """
    runpod = LocalRunPod(endpoints, **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-runpod", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(runpod.__aenter__(), loop).result(30)
        try:
            yield runpod
        finally:
            asyncio.run_coroutine_threadsafe(runpod.__aexit__(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
