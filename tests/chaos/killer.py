"""Kills processes of the stack with SIGKILL while it works: functions and RunPod workers."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from local.stack.processes import processes_of

YOUNG_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Kill:
    """What was killed: the name of a function, or the id of a worker."""

    kind: str  #: function, worker
    name: str
    at: float


@dataclass(slots=True)
class Killer:
    """Kills one function process for so many generations, and one worker for so many."""

    stack_id: str
    chance: random.Random
    started: Callable[[], int]  #: how many generations have been started by now
    function_every: int
    worker_every: int
    kills: list[Kill] = field(default_factory=list)

    async def work(self) -> None:
        """Kill until cancelled."""
        await asyncio.gather(
            self._every(self.function_every, "function"), self._every(self.worker_every, "worker")
        )

    async def _every(self, generations: int, kind: str) -> None:
        due = generations
        while True:
            await asyncio.sleep(self.chance.uniform(0.2, 0.6))
            if self.started() < due:
                continue
            victims = await asyncio.to_thread(self._victims, kind)
            if victims:
                self._kill(kind, *self.chance.choice(victims))
                due += generations

    def _victims(self, kind: str) -> list[tuple[int, str]]:
        variable = "FUNCTION_TARGET" if kind == "function" else "RUNPOD_POD_ID"
        program = "functions-framework" if kind == "function" else "handler.py"
        found = []
        for process in processes_of(self.stack_id):
            try:
                command, environment = process.cmdline(), process.environ()
                # One that dies while it starts is waited for by the emulator for half a minute.
                young = time.time() - process.create_time() < YOUNG_SECONDS
                # A worker leads its group; its child that pings does not.
                leads = kind == "function" or os.getpgid(process.pid) == process.pid
            except (psutil.Error, ProcessLookupError):
                continue
            runs = len(command) > 1 and command[0] != "/bin/sh" and command[1].endswith(program)
            if runs and leads and not young and variable in environment:
                found.append((process.pid, environment[variable]))
        return sorted(found)

    def _kill(self, kind: str, pid: int, name: str) -> None:
        try:
            if kind == "worker":
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills.append(Kill(kind, name, time.time()))
