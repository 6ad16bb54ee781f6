"""`firebase emulators:start` by itself, after eval "$(make env)", and `make runpod` beside it."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firepod.logs import NO_RUNPOD
from local.stack.announcement import stack_urls
from local.stack.child import ROOT, RunningStack
from local.stack.firebase_config import load_firebase_config, write_stack_config
from local.stack.options import EMULATORS, parse_options
from local.stack.parameters import REGION, stack_parameters, write_parameters
from local.stack.ports import HOST, reserved_offset, stack_ports
from local.stack.processes import MARK, end_processes
from local.stack.programs import bucket_of
from local.stack.start_lock import alone
from tests.e2e.app import User, wait_until

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PROJECT = "demo-firepod"
BELL = 'Beginning execution of "us-central1-reconcile"'


def until_said(log: Path, phrase: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 150
    while phrase not in (text := log.read_text("utf-8", "replace")):
        assert process.poll() is None, text[-2000:]
        assert time.monotonic() < deadline, text[-2000:]
        time.sleep(0.1)


@contextmanager
def program(folder: Path, name: str, command: list[str], mark: str) -> Iterator[subprocess.Popen]:
    """One that runs until the end; what it says is in {folder}/{name}.log."""
    private = folder / f"{name}-private"
    (private / "tmp").mkdir(parents=True)
    # Of a developer's shell only what keeps this one to itself.
    own = {"XDG_CONFIG_HOME": str(private), "TMPDIR": str(private / "tmp"), MARK: mark}
    with (folder / f"{name}.log").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT if name == "runpod" else private,
            env={**os.environ, **own, "NO_UPDATE_NOTIFIER": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextmanager
def plain_emulators(folder: Path, mark: str) -> Iterator[RunningStack]:
    """What README says, but for the ports: those of firebase.json may be somebody's."""
    config = load_firebase_config(ROOT)
    with reserved_offset(config) as offset:
        yield from _emulators(folder, mark, config, offset)


def _emulators(
    folder: Path, mark: str, config: dict[str, Any], offset: int
) -> Iterator[RunningStack]:
    ports = stack_ports(config, offset)
    parameters = stack_parameters(ROOT / "functions", PROJECT, ports, {})
    write_parameters(folder / "functions", parameters)
    file = write_stack_config(ROOT, config, offset, folder / "functions")
    make_env = (
        f"PYTHONPATH={shlex.quote(str(ROOT))} {shlex.quote(sys.executable)}"
        " -m local.stack.shell_environment"
    )
    start = f"firebase emulators:start --project {PROJECT} --config {shlex.quote(str(file))}"
    command = ["bash", "-euc", f'eval "$({make_env})"; exec {start}']
    options = parse_options(["--port-offset", str(offset), "--only", ",".join(EMULATORS)], {})
    try:
        with program(folder, "firebase", command, mark) as process:

            async def ready() -> None:
                async with alone(print):
                    log = folder / "firebase.log"
                    await asyncio.to_thread(until_said, log, "All emulators ready", process)

            asyncio.run(ready())
            yield RunningStack(
                process=process,
                project=PROJECT,
                region=REGION,
                bucket=bucket_of(PROJECT),
                port_offset=offset,
                stack_id=mark,
                host=HOST,
                ports=ports,
                urls=stack_urls(options, ports),
                environment={},
                runpod_api_key="",
                log_dir=folder,
            )
    finally:
        end_processes(mark, grace_seconds=5)
        file.unlink()


def test_a_generation_waits_for_the_runpod_that_the_log_asks_for_and_completes(tmp_path: Path):
    mark = uuid.uuid4().hex
    with plain_emulators(tmp_path, mark) as stack:
        log = tmp_path / "firebase.log"
        user = User.sign_up(stack)
        path = user.generate("text2img", prompt="a lighthouse", width=256, height=256)["path"]
        until_said(log, NO_RUNPOD, stack.process)
        assert BELL not in log.read_text()

        command = [
            *(sys.executable, "-m", "local.stack", "--only", "runpod", "--bell-seconds", "1"),
            *("--port-offset", str(stack.port_offset), "--log-dir", str(tmp_path / "logs")),
        ]
        with program(tmp_path, "runpod", command, mark):
            document = wait_until(stack, path)

            assert document["status"] == "completed"
            until_said(log, BELL, stack.process)
