"""Starts programs, shows their lines, notices when one ends, and ends them all."""

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self

from local.stack import guard
from local.stack.log_lines import Line, read_line
from local.stack.processes import MARK, adopt_orphans, end_orphans, end_processes
from local.stack.programs import Program

_STOP_SECONDS = 8.0  # firebase-tools gives its emulators 4 s each
_SWEEP_SECONDS = 3.0
_READ_SECONDS = 2.0
_CHUNK_BYTES = 65_536
_ORPHAN_SECONDS = 2.0


class ProgramEnded(Exception):
    """A program of the stack ended by itself, and the stack cannot go on without it."""

    def __init__(self, name: str, status: int) -> None:
        self.name = name
        how = f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
        super().__init__(f"{name} ended {how}.")


class Supervisor:
    """The running programs of one stack. An async context manager that leaves no process behind."""

    def __init__(self, show: Callable[[Line], None], log_dir: Path) -> None:
        self.stack_id = uuid.uuid4().hex
        self._show = show
        self._log_dir = log_dir
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._guard: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._orphans: asyncio.Task[None] | None = None
        # A program that is being started is nobody's orphan.
        self._births = asyncio.Lock()

    async def __aenter__(self) -> Self:
        adopt_orphans()
        self._guard = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", guard.__name__, self.stack_id),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._orphans = asyncio.create_task(self._end_orphans())
        return self

    async def __aexit__(self, *_: object) -> None:
        # To the end, whatever happens: a second Ctrl-C must not leave processes behind.
        await asyncio.shield(asyncio.create_task(self._stop()))

    async def start(self, program: Program) -> None:
        """Start `program`; its output is shown line by line and kept in {log_dir}/{name}.log."""
        # A pipe of our own: asyncio counts a program as running while anybody holds its own pipe,
        # and what a program leaves behind does.
        read_end, write_end = os.pipe()
        async with self._births:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                cwd=program.folder,
                env={**program.environment, MARK: self.stack_id},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                # Out of the terminal's process group: Ctrl-C is for the supervisor, which then ends
                # the programs in order.
                start_new_session=True,
            )
            self._running[program.name] = process
        os.close(write_end)
        self._readers.append(asyncio.create_task(self._follow(program.name, read_end)))

    async def first_end(self) -> None:
        """Wait until a program ends, then raise ProgramEnded."""
        waits = {
            asyncio.create_task(process.wait()): name for name, process in self._running.items()
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        ended = done.pop()
        raise ProgramEnded(waits[ended], ended.result())

    async def _follow(self, name: str, pipe: int) -> None:
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(pipe, "rb")
        )
        rest = b""
        with (
            contextlib.closing(transport),
            (self._log_dir / f"{name}.log").open("wb", buffering=0) as log,
        ):
            while chunk := await stream.read(_CHUNK_BYTES):
                log.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._show(read_line(name, line.decode("utf-8", "replace")))
        if rest:
            self._show(read_line(name, rest.decode("utf-8", "replace")))

    async def _end_orphans(self) -> None:
        while True:
            await asyncio.sleep(_ORPHAN_SECONDS)
            async with self._births:
                end_orphans(self.stack_id, self._supervised())

    def _supervised(self) -> set[int]:
        return {process.pid for process in (*self._running.values(), self._guard) if process}

    async def _stop(self) -> None:
        for process in self._running.values():
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await asyncio.gather(*(process.wait() for process in self._running.values()))
        if self._orphans:
            self._orphans.cancel()
        await asyncio.to_thread(end_processes, self.stack_id, _SWEEP_SECONDS)
        if self._readers:  # nobody holds the pipes any more: they come to their end
            _, stuck = await asyncio.wait(self._readers, timeout=_READ_SECONDS)
            for reader in stuck:
                reader.cancel()
        end_orphans(self.stack_id, self._supervised())
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            await self._guard.wait()
