"""Real stacks: the Firebase Emulator Suite and the local RunPod, on free ports."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from local.stack.child import ROOT, RunningStack, StackFailedError, running_stack
from local.stack.emulator_ui import CACHE
from local.stack.firebase_config import load_firebase_config
from local.stack.ports import is_free, reserved_offset
from local.stack.processes import processes_of

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]


def request(url: str, body: object = None, method: str | None = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data, headers, method=method), timeout=30
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def emulator_ui_in(folder: Path) -> Path:
    """What firebase-tools finds of its UI where it was downloaded, but for the pages."""
    info = ROOT / "node_modules/firebase-tools/lib/emulator/downloadableEmulatorInfo.json"
    program = folder / json.loads(info.read_text())["ui"]["main"]["binaryPathRelativeToCacheDir"]
    program.parent.mkdir(parents=True)
    program.touch()
    client = program.parents[1] / "client"
    client.mkdir()
    (client / "index.html").write_text("the Emulator UI")
    return folder


def assert_nothing_left(stack: RunningStack) -> None:
    assert [process.cmdline() for process in processes_of(stack.stack_id)] == []
    assert [name for name, port in stack.ports.items() if not is_free(port)] == []
    assert not (ROOT / f".firebase.{stack.port_offset}.json").exists()


def test_a_ready_stack_answers_on_every_port_and_leaves_nothing_after_ctrl_c(tmp_path: Path):
    downloads = emulator_ui_in(tmp_path / "downloads")
    with running_stack(tmp_path / "logs", "--ui", environment={CACHE: str(downloads)}) as stack:
        assert "Firepod is ready" in stack.output()
        status, answer = request(f"{stack.urls['functions']}/generate", {"data": {}})
        assert (status, json.loads(answer)["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert request(f"{stack.urls['hosting']}/")[0] == 200
        assert request(f"{stack.urls['auth']}/")[0] == 200
        assert request(f"{stack.urls['firestore']}/") == (200, "Ok\n")
        assert request(f"{stack.urls['runpod']}/local-image/health")[0] == 401
        assert request(f"{stack.urls['ui']}/")[1] == "the Emulator UI"
        assert "hosting" in json.loads(request(f"{stack.urls['ui']}/api/config")[1])

        assert stack.stop(signal.SIGINT) == 0

        assert_nothing_left(stack)


def test_a_stack_whose_supervisor_is_killed_leaves_nothing(tmp_path: Path):
    with running_stack(tmp_path, "--only", "auth,firestore,runpod") as stack:
        stack.process.kill()
        stack.process.wait()

        deadline = time.monotonic() + 20
        while list(processes_of(stack.stack_id)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert all(is_free(port) for port in stack.ports.values())
    (ROOT / f".firebase.{stack.port_offset}.json").unlink()


def test_when_a_part_dies_the_stack_says_which_and_ends_the_rest(tmp_path: Path):
    with running_stack(tmp_path, "--only", "auth,runpod") as stack:
        (runpod,) = [
            process
            for process in processes_of(stack.stack_id)
            if "local.runpod" in process.cmdline() and process.ppid() == stack.process.pid
        ]

        runpod.kill()

        assert stack.process.wait(30) == 1
        assert "Firepod stopped: runpod ended by SIGKILL." in stack.output()
        assert_nothing_left(stack)


def test_functions_that_do_not_load_end_the_start(tmp_path: Path):
    # firebase-tools refuses dotenv files with names that it keeps for itself.
    with (
        pytest.raises(StackFailedError, match="Failed to load function definition"),
        running_stack(tmp_path, "--only", "functions", "--env", "FIREBASE_RESERVED=1"),
    ):
        pass


def test_a_taken_port_is_explained_before_anything_starts(tmp_path: Path):
    with (
        reserved_offset(load_firebase_config(ROOT)) as offset,
        socket.create_server(("127.0.0.1", 9099 + offset)),
    ):
        stack = subprocess.run(
            [
                *(sys.executable, "-m", "local.stack"),
                *("--port-offset", str(offset), "--log-dir", str(tmp_path)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert stack.returncode == 1
    (sentence,) = stack.stderr.splitlines()
    assert f"Port {9099 + offset} (auth) is taken by " in sentence
    assert "PORT_OFFSET=" in sentence
    assert list(tmp_path.iterdir()) == []
