"""Worker processes: started, watched, replaced and ended, each in a process group of its own.

The group matters: the SDK's worker has a child that pings, and that child outlives a killed parent.
"""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.runpod.cloud import Cloud

STABLE_AFTER = 5.0  # seconds of life after which a crash counts as the first one again
LONGEST_PAUSE = 30.0  # seconds between two attempts to start a worker that crashes
STOP_GRACE = 5.0  # seconds that a worker may take to finish its job when it is to stop
LINE_BYTES = 1 << 20  # longest line of a worker's log
LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Which workers there are to be."""

    command: tuple[str, ...]
    floors: Mapping[str, int]  #: endpoint -> workers that always run
    ceilings: Mapping[str, int]  #: endpoint -> workers that run when there is enough to do
    idle_timeout: float = 60.0  #: seconds after which an idle worker above the floor is stopped
    environment: Mapping[str, str] = field(default_factory=dict)  #: added to that of this process
    write: Callable[[str], None] = print  #: takes the lines of their logs


@dataclass(slots=True)
class WorkerProcess:
    id: str
    endpoint_id: str
    process: asyncio.subprocess.Process
    idle_since: float
    is_leaving: bool = False  #: was told to stop, and is not to be counted on
    is_replaced: bool = True  #: whether another one takes its place

    def terminate(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)

    def signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def worker_environment(
    base_url: str, endpoint_id: str, worker_id: str, api_key: str, ping_interval: float
) -> dict[str, str]:
    """Environment with which the runpod SDK enters its production loop against `base_url`."""
    base = f"{base_url}/{endpoint_id}"
    return {
        "RUNPOD_AI_API_KEY": api_key,
        "RUNPOD_ENDPOINT_ID": endpoint_id,
        "RUNPOD_POD_ID": worker_id,
        "RUNPOD_PING_INTERVAL": str(max(1000, round(ping_interval * 1000))),
        "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/{worker_id}?gpu=cpu",
        "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=cpu",
        "RUNPOD_WEBHOOK_POST_STREAM": f"{base}/job-stream/$RUNPOD_POD_ID/$ID?gpu=cpu",
        "RUNPOD_WEBHOOK_PING": f"{base}/ping/$RUNPOD_POD_ID?gpu=cpu",
        # Without these two the SDK's start checks want 4 GB of free memory and the internet.
        "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
        "RUNPOD_SKIP_GPU_CHECK": "true",
        "RUNPOD_LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }


def workers_wanted(*, running: int, busy: int, queued: int, floor: int, ceiling: int) -> int:
    """How many workers an endpoint needs now: one per job within the bounds, and none fewer."""
    return min(max(busy + queued, floor, running), max(ceiling, floor))


def restart_pause(crashes: int) -> float:
    """Seconds before the worker is started again after so many crashes in a row."""
    return min(0.2 * 2.0 ** max(0, crashes - 1), LONGEST_PAUSE)


class Supervisor:
    """Keeps the crew of every endpoint running."""

    def __init__(
        self,
        cloud: Cloud,
        crew: Crew,
        *,
        base_url: str,
        api_key: str,
    ) -> None:
        self._cloud = cloud
        self._crew = crew
        self._base_url = base_url
        self._api_key = api_key
        self._write = crew.write
        self._processes: dict[str, WorkerProcess] = {}
        self._slots: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._scaler: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._leash: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._leash = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(LEASH),
            stdin=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._scaler = asyncio.create_task(self._scale_for_ever())

    async def stop(self) -> None:
        """End all workers: politely, and after the grace with SIGKILL."""
        self._stopping.set()
        if self._scaler is not None:
            self._scaler.cancel()
            await asyncio.wait([self._scaler])
        for worker in list(self._processes.values()):
            worker.terminate()
        self._cloud.close_polls()
        tasks = set(self._slots.values())
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_GRACE)
        for worker in list(self._processes.values()):
            worker.signal_group(signal.SIGKILL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.close()
            await self._leash.wait()

    def is_ready(self) -> bool:
        """Say whether every worker that always runs has made contact."""
        return all(
            sum(1 for each in self._of(endpoint_id) if each.id in self._heard_of(endpoint_id))
            >= floor
            for endpoint_id, floor in self._crew.floors.items()
        )

    def kill(self, worker_id: str) -> bool:
        """Kill a worker's process group with SIGKILL; another one takes its place."""
        worker = self._processes.get(worker_id)
        if worker is None:
            return False
        worker.signal_group(signal.SIGKILL)
        return True

    def refresh(self, worker_id: str) -> bool:
        """Stop a worker after its job, as RunPod does with `stopPod`; another one takes over."""
        return self._dismiss(worker_id, is_replaced=True)

    def _dismiss(self, worker_id: str, *, is_replaced: bool) -> bool:
        worker = self._processes.get(worker_id)
        if worker is None or worker.process.returncode is not None:
            return False
        worker.is_leaving, worker.is_replaced = True, is_replaced
        self._cloud.endpoint(worker.endpoint_id).drain(worker_id)
        worker.terminate()
        return True

    def _of(self, endpoint_id: str) -> list[WorkerProcess]:
        return [each for each in self._processes.values() if each.endpoint_id == endpoint_id]

    def _heard_of(self, endpoint_id: str) -> Mapping[str, object]:
        return self._cloud.endpoint(endpoint_id).workers

    async def _scale_for_ever(self) -> None:
        while True:
            for endpoint_id in self._crew.floors:
                self._scale(endpoint_id)
            await asyncio.sleep(self._cloud.settings.tick)

    def _scale(self, endpoint_id: str) -> None:
        endpoint = self._cloud.endpoint(endpoint_id)
        floor = self._crew.floors[endpoint_id]
        busy = endpoint.busy_workers()
        slots = [slot for slot in self._slots if slot[0] == endpoint_id]
        wanted = workers_wanted(
            running=len(slots),
            busy=len(busy),
            queued=endpoint.waiting(),
            floor=floor,
            ceiling=self._crew.ceilings[endpoint_id],
        )
        for number in range(1, wanted + 1):
            if len(slots) < wanted and (endpoint_id, number) not in slots:
                slots.append((endpoint_id, number))
                self._open_slot(endpoint_id, number)
        self._dismiss_idle(endpoint_id, busy, len(slots) - floor)

    def _dismiss_idle(self, endpoint_id: str, busy: set[str], surplus: int) -> None:
        now = time.monotonic()
        for worker in self._of(endpoint_id):
            if worker.id in busy or worker.id not in self._heard_of(endpoint_id):
                worker.idle_since = now
            elif (
                surplus > 0
                and not worker.is_leaving
                and now - worker.idle_since >= self._crew.idle_timeout
            ):
                surplus -= 1
                self._dismiss(worker.id, is_replaced=False)

    def _open_slot(self, endpoint_id: str, number: int) -> None:
        slot = (endpoint_id, number)
        task = asyncio.create_task(self._keep(endpoint_id, f"{endpoint_id}-{number}"))
        self._slots[slot] = task
        task.add_done_callback(lambda _: self._slots.pop(slot, None))

    async def _keep(self, endpoint_id: str, name: str) -> None:
        """Run one worker after another until none is to follow."""
        crashes = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            worker = await self._spawn(endpoint_id, f"{name}-{uuid.uuid4().hex[:6]}")
            try:
                await self._pass_on_log(worker.process, name)
                code = await worker.process.wait()
            finally:
                worker.signal_group(signal.SIGKILL)
                self._tell_leash(f"-{worker.process.pid}")
                del self._processes[worker.id]
                self._cloud.endpoint(endpoint_id).lose(worker.id)
            if self._stopping.is_set() or not worker.is_replaced:
                return
            if worker.is_leaving:
                crashes = 0
                continue
            crashes = 1 if time.monotonic() - began >= STABLE_AFTER else crashes + 1
            pause = restart_pause(crashes)
            self._write(f"[{name}] ended with code {code}, starts again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def _spawn(self, endpoint_id: str, worker_id: str) -> WorkerProcess:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("RUNPOD_")}
        environment = worker_environment(
            self._base_url,
            endpoint_id,
            worker_id,
            self._api_key,
            self._cloud.settings.ping_interval,
        )
        process = await asyncio.create_subprocess_exec(
            *self._crew.command,
            env={**inherited, **environment, **self._crew.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_BYTES,
        )
        worker = WorkerProcess(worker_id, endpoint_id, process, time.monotonic())
        self._processes[worker_id] = worker
        self._tell_leash(f"+{process.pid}")
        return worker

    def _tell_leash(self, line: str) -> None:
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.write(f"{line}\n".encode())

    async def _pass_on_log(self, process: asyncio.subprocess.Process, name: str) -> None:
        """Repeat the worker's lines until the worker itself has ended."""
        reader = asyncio.create_task(self._repeat_lines(process, name))
        await process.wait()
        # The child that pings may hold the pipe open: what was written by now is all there is.
        await asyncio.wait([reader], timeout=0.2)
        reader.cancel()

    async def _repeat_lines(self, process: asyncio.subprocess.Process, name: str) -> None:
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit, and dropped
                continue
            if not line:
                return
            self._write(f"[{name}] {line.decode(errors='replace').rstrip()}")
