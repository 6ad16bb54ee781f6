"""Emulators of firebase-tools for a test, with our rules, on free ports."""

import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from local.stack.ports import is_free
from local.stack.processes import MARK, end_processes, processes_of
from local.stack.programs import stand_in_environment

ROOT = pathlib.Path(__file__).parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 150  # on a machine that does much else


@dataclass(frozen=True)
class Emulators:
    ports: dict[str, int]
    log: pathlib.Path

    def address(self, name: str) -> str:
        return f"{HOST}:{self.ports[name]}"


@contextmanager
def running_emulators(folder: pathlib.Path, project: str, names: list[str]) -> Iterator[Emulators]:
    """With EMULATORS=official in the environment they are Google's own jars."""
    all_names = [*names, "websocket", "hub", "logging"]
    ports = dict(zip(all_names, free_ports(len(all_names)), strict=True))
    write_project(folder, names, ports)
    stack_id = uuid.uuid4().hex
    log = folder / "firebase.log"
    process = start(folder, project, names, stack_id)
    try:
        wait_until_ready(process, log)
        yield Emulators(ports, log)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    finally:
        # firebase-tools starts emulators in sessions of their own: they are found by their mark
        end_processes(stack_id, grace_seconds=5)
        process.wait(timeout=10)
    assert list(processes_of(stack_id)) == []
    assert [port for port in ports.values() if not is_free(port)] == []


def free_ports(count: int) -> list[int]:
    """Ports that nothing else of this run is given: not even a call that only goes out has them.

    They lie above those of stacks and under the range for outgoing connections (32768 and above),
    and each process of pytest has its own.
    """
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(29_500 + process % 8 * 400, 29_900 + process % 8 * 400)
    free = (port for port in random.sample(own, k=len(own)) if is_free(port))
    return list(itertools.islice(free, count))


def write_project(folder: pathlib.Path, names: list[str], ports: dict[str, int]) -> None:
    for name in ("firestore.rules", "storage.rules"):
        shutil.copy(ROOT / name, folder / name)
    emulators = {name: {"host": HOST, "port": ports[name]} for name in [*names, "hub", "logging"]}
    if "firestore" in emulators:
        emulators["firestore"]["websocketPort"] = ports["websocket"]
    config = {
        "firestore": {"rules": "firestore.rules"},
        "storage": {"rules": "storage.rules"},
        "emulators": {**emulators, "ui": {"enabled": False}, "singleProjectMode": True},
    }
    (folder / "firebase.json").write_text(json.dumps(config))


def start(
    folder: pathlib.Path, project: str, names: list[str], stack_id: str
) -> subprocess.Popen[bytes]:
    private = folder / "private"
    (private / "tmp").mkdir(parents=True)
    environment = os.environ | {
        MARK: stack_id,
        "CI": "true",
        "NO_UPDATE_NOTIFIER": "1",
        "XDG_CONFIG_HOME": str(private),
        "TMPDIR": str(private / "tmp"),  # the Storage emulator empties a folder of fixed name there
        "FIREPOD_PYTHON": sys.executable,
    }
    if os.environ.get("EMULATORS") != "official":
        environment |= stand_in_environment(ROOT, os.environ)
    firebase = os.environ.get("FIREPOD_FIREBASE_BIN", str(ROOT / "node_modules/.bin/firebase"))
    command = [firebase, "emulators:start", "--only", ",".join(names)]
    with (folder / "firebase.log").open("wb") as output:
        return subprocess.Popen(
            [*command, "--project", project, "--config", str(folder / "firebase.json")],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_ready(process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while b"All emulators ready" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The emulators did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)
