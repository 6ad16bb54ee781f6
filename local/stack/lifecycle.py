"""The life of a stack: check, start, wait until it is ready, watch, end."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from local.stack import announcement, bell, emulator_ui, kept_data, programs, readiness
from local.stack.firebase_config import load_firebase_config, write_stack_config
from local.stack.log_lines import Line
from local.stack.notes import Notes
from local.stack.options import EMULATORS, Options
from local.stack.parameters import local_secrets, stack_parameters, write_parameters
from local.stack.ports import ensure_free, stack_ports
from local.stack.start_lock import alone
from local.stack.supervision import Supervisor


class SetupError(Exception):
    """Something that `make start` installs or the repository holds is not there."""


@dataclass(frozen=True, slots=True)
class _Settings:
    options: Options
    config: Mapping[str, Any]
    ports: Mapping[str, int]
    parameters: Mapping[str, str]
    secrets: Mapping[str, str]


async def run(options: Options) -> None:
    """Run the stack until SIGINT or SIGTERM.

    Raises PortTaken, SetupError, NeverReadyError or ProgramEnded; nothing is running afterwards.
    """
    began = time.monotonic()
    stop = _stop_signal()
    options = replace(options, ui=_ui(options))
    settings = _settings(options)
    output = readiness.EmulatorOutput()
    notes = Notes()

    def show(line: Line) -> None:
        output.see(line)
        notes.hear(line)
        if options.verbose or (line.notable and not stop.is_set()):
            print(line, flush=True)

    with _generated_config(settings) as config_file:
        async with Supervisor(show, options.log_dir) as supervisor:
            stack = _Stack(settings, config_file, supervisor, output, notes)
            try:
                await _first_of(stack.live(began), stop.wait())
                print("Stopping.", flush=True)
            finally:
                await stack.keep()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _settings(options: Options) -> _Settings:
    config = load_firebase_config(options.root)
    ensure_free(config, options.port_offset, options.parts)
    functions = options.root / "functions"
    if options.only.intersection(EMULATORS):
        _ensure_installed(options.root, functions)
    ports = stack_ports(config, options.port_offset)
    parameters = stack_parameters(
        functions, options.project, ports, options.parameters, at_runpod=bool(options.runpod_key)
    )
    return _Settings(options, config, ports, parameters, local_secrets(functions))


def _ui(options: Options) -> bool:
    if not options.only.intersection(emulator_ui.SHOWN):
        return False
    port = stack_ports(load_firebase_config(options.root), options.port_offset)["ui"]
    return emulator_ui.wanted(options.root, os.environ, asked=options.ui, port=port, say=print)


def _ensure_installed(root: Path, functions: Path) -> None:
    for needed in (
        root / "node_modules" / "firebase-tools",
        functions / "venv" / "bin" / "activate",
    ):
        if not needed.exists():
            raise SetupError(f"{needed.relative_to(root)} is missing; make start makes it.")
    if not shutil.which("node"):
        raise SetupError("node is not on the PATH; Node 20 or newer is needed.")


@contextlib.contextmanager
def _generated_config(settings: _Settings) -> Iterator[Path]:
    """The emulators' own; without emulators there is none, and one of the same ports stays."""
    options = settings.options
    options.log_dir.mkdir(parents=True, exist_ok=True)
    if not options.only.intersection(EMULATORS):
        yield options.root / "firebase.json"
        return
    private = options.log_dir / "firebase-tools"
    shutil.rmtree(private, ignore_errors=True)
    (private / "tmp").mkdir(parents=True)
    folder = options.log_dir / "functions"
    write_parameters(folder, settings.parameters)
    path = write_stack_config(
        options.root, settings.config, options.port_offset, folder, ui=bool(options.ui)
    )
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Stack:
    settings: _Settings
    config_file: Path
    supervisor: Supervisor
    output: readiness.EmulatorOutput
    notes: Notes
    was_ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, began: float) -> None:
        """Start, announce, and go on until a program ends, which raises ProgramEnded."""
        settings = self.settings
        async with aiohttp.ClientSession() as http:
            await self._start()
            await _first_of(self._ready(http), self.supervisor.first_end())
            self.was_ready.set()
            self._announce(time.monotonic() - began)
            async with _bell(settings, http), self._noted(http):
                await self.supervisor.first_end()

    @asynccontextmanager
    async def _noted(self, http: aiohttp.ClientSession) -> AsyncIterator[None]:
        if not self.settings.options.has("runpod"):
            yield
            return
        async with self.notes.passed_on(http, self.settings.ports["runpod"]):
            yield

    async def keep(self) -> None:
        """Keep the data of a stack that was ready: before, it may not have taken in the last."""
        folder = self.settings.options.data_dir
        if folder is None or not self.was_ready.is_set():
            return
        try:
            async with aiohttp.ClientSession() as http:
                await kept_data.keep_data(http, folder, self.settings.ports["hub"])
        except kept_data.NotKeptError as error:
            print(f"The data of this run is not kept: {error}", flush=True)

    async def _start(self) -> None:
        settings, options, base = self.settings, self.settings.options, os.environ
        if options.has("runpod"):
            key = settings.secrets["RUNPOD_API_KEY"]
            await self.supervisor.start(
                programs.runpod(options, settings.ports, settings.parameters, key, base)
            )
        if not options.only.intersection(EMULATORS):
            return
        imported = kept_data.last_data(options, print)
        firebase = programs.firebase(options, self.config_file, base, imported)
        if not options.has("functions"):
            await self.supervisor.start(firebase)
            return
        async with alone(print):
            await self.supervisor.start(firebase)
            await _first_of(self._emulators_run(), self.supervisor.first_end())

    async def _emulators_run(self) -> None:
        seconds = self.settings.options.ready_seconds
        await readiness.until_ready("firebase", self.output.all_ready, seconds)

    async def _ready(self, http: aiohttp.ClientSession) -> None:
        options = self.settings.options
        await asyncio.gather(
            *([self._runpod_ready(http)] if options.has("runpod") else []),
            *([self._firebase_ready(http)] if options.only.intersection(EMULATORS) else []),
        )

    async def _runpod_ready(self, http: aiohttp.ClientSession) -> None:
        settings, options = self.settings, self.settings.options
        endpoints = {one: options.workers for one, _ in programs.made_at(settings.parameters)}
        key = settings.secrets["RUNPOD_API_KEY"]

        async def check() -> None:
            await readiness.workers_connected(http, settings.ports["runpod"], key, endpoints)

        await readiness.until_ready("runpod", check, options.ready_seconds)

    async def _firebase_ready(self, http: aiohttp.ClientSession) -> None:
        options, ports = self.settings.options, self.settings.ports
        await self._emulators_run()
        if not options.has("functions"):
            return
        exported = readiness.exported_functions(options.root / "functions" / "main.py")
        rest = options.has("hosting") and "api" in exported

        async def check() -> None:
            await readiness.functions_loaded(http, ports["functions"], exported)
            await asyncio.gather(
                readiness.functions_answer(http, options.project, ports["functions"]),
                *([readiness.hosting_answers(http, ports["hosting"])] if rest else []),
            )

        await readiness.until_ready("functions", check, options.ready_seconds)

    def _announce(self, seconds: float) -> None:
        settings, options = self.settings, self.settings.options
        if options.ready_file:
            announcement.write_ready_file(
                options.ready_file,
                announcement.ready_record(
                    options,
                    settings.ports,
                    self.supervisor.stack_id,
                    settings.secrets["RUNPOD_API_KEY"],
                ),
            )
        base_url = settings.parameters["RUNPOD_BASE_URL"]
        print(announcement.ready_text(options, settings.ports, seconds, base_url), flush=True)


@asynccontextmanager
async def _bell(settings: _Settings, http: aiohttp.ClientSession) -> AsyncIterator[None]:
    options = settings.options
    # The local RunPod alone rings for a `firebase emulators:start` that has no stack around it.
    if not (options.only.intersection(("functions", "runpod")) and options.bell_seconds):
        yield
        return

    def complain(text: str) -> None:
        print(Line("bell", text, notable=True), flush=True)

    port = settings.ports["functions"]
    ringing = asyncio.create_task(
        bell.ring_every(
            http,
            options.project,
            port,
            options.bell_seconds,
            complain,
            may_be_missing=not options.has("functions"),
        )
    )
    try:
        yield
    finally:
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)


async def _first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Run `works` until one of them ends, cancel the others, and raise what that one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
