"""The integration guide's functions in a Functions emulator of their own, beside a running stack.

They use the stack's Firestore and, for /run, its RunPod. For /runsync there is a RunPod with a
worker that takes as long as the request says. In the same emulator is our own `generate` once more,
set up as the guide's is: workers hold keys, and nobody asks whether an account is still good.
"""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bench import ROOT
from local.runpod.server import running_in_thread
from local.runpod.workers import Crew
from local.stack.child import RunningStack
from local.stack.firebase_config import load_firebase_config, write_stack_config
from local.stack.options import Options
from local.stack.parameters import function_url, write_parameters
from local.stack.ports import reserved_offset, stack_ports
from local.stack.processes import MARK, end_processes
from local.stack.programs import Program, firebase
from local.stack.start_lock import alone

_ENDPOINT = "guide"
_API_KEY = "local"
_START_SECONDS = 180.0
_STOP_SECONDS = 8.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class GuideEmulator:
    """Ready; the log holds a line for each request that has ended."""

    run_url: str
    runsync_url: str
    alike_url: str  #: our `generate`, set up as the guide's
    log: Path


@contextmanager
def running_guide(folder: Path, stack: RunningStack) -> Iterator[GuideEmulator]:
    """Start it, wait until it is ready, end all of its processes afterwards.

    Raises RuntimeError when it ends before it is ready, TimeoutError when it takes too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    worker = (sys.executable, str(ROOT / "bench" / "guide" / "worker.py"))
    with (folder / "worker.log").open("w") as worker_log:
        crew = Crew(
            command=worker,
            floors={_ENDPOINT: 1},
            ceilings={_ENDPOINT: 1},
            write=lambda line: print(line, file=worker_log),
        )
        with running_in_thread([_ENDPOINT], api_key=_API_KEY, crew=crew) as runpod:
            parameters = {
                **_parameters_of(stack),
                "CHECK_REVOKED": "false",
                "WORKER_DELIVERY": "credentials",
                # The stack's RunPod and the other one have different keys.
                "GUIDE_RUN_KEY": stack.runpod_api_key,
                "GUIDE_RUN_URL": f"{stack.urls['runpod']}/local-image/run",
                "GUIDE_RUNSYNC_KEY": _API_KEY,
                "GUIDE_RUNSYNC_URL": f"{runpod.url}/{_ENDPOINT}/runsync",
            }
            config = load_firebase_config(ROOT)
            with (
                reserved_offset(config) as offset,
                _emulator(folder, stack, config, offset, parameters) as guide,
            ):
                yield guide


@contextmanager
def _emulator(
    folder: Path,
    stack: RunningStack,
    config: dict[str, Any],
    offset: int,
    parameters: dict[str, str],
) -> Iterator[GuideEmulator]:
    config["functions"].append(
        {"source": "bench/guide", "codebase": "guide", "runtime": "nodejs20"}
    )
    options = Options(
        root=ROOT,
        project=stack.project,
        port_offset=offset,
        only=frozenset({"functions"}),
        log_dir=folder,
    )
    dotenv = folder / "functions"
    write_parameters(dotenv, parameters)
    (folder / "firebase-tools" / "tmp").mkdir(parents=True, exist_ok=True)
    config_file = write_stack_config(ROOT, config, offset, dotenv)
    log, mark = folder / "firebase.log", uuid.uuid4().hex
    program = firebase(options, config_file, os.environ)
    try:
        asyncio.run(_start(program, {**stack.environment, MARK: mark}, log))
        port = stack_ports(config, offset)["functions"]
        yield GuideEmulator(
            function_url(stack.project, port, "guiderun"),
            function_url(stack.project, port, "guiderunsync"),
            function_url(stack.project, port, "generate"),
            log,
        )
    finally:
        end_processes(mark, _STOP_SECONDS)
        config_file.unlink(missing_ok=True)


def _parameters_of(stack: RunningStack) -> dict[str, str]:
    """What the stack's functions are configured with."""
    file = stack.log_dir / "functions" / ".env.local"
    return {name: value or "" for name, value in dotenv_values(file).items()}


async def _start(program: Program, more: Mapping[str, str], log: Path) -> None:
    async with alone(print):
        await asyncio.to_thread(_spawn, program, more, log)


def _spawn(program: Program, more: Mapping[str, str], log: Path) -> None:
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env={**program.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while "All emulators ready" not in (text := log.read_text("utf-8", "replace")):
        if process.poll() is not None:
            raise RuntimeError(f"the guide's emulator ended: {text[-2000:]}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"the guide's emulator is not ready: {text[-2000:]}")
        time.sleep(_POLL_SECONDS)
