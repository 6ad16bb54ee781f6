import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from tests.failpoints.system import ENDPOINT, ROOT, System


@pytest.fixture(scope="module")
def firestore_host():
    process = subprocess.Popen(
        [sys.executable, "-m", "local.firestore", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield f"127.0.0.1:{int(process.stdout.readline().rpartition(':')[2])}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def system(firestore_host, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("failpoints")
    settings = Settings(worker_poll=0.05, webhook_attempts=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        with running_in_thread([ENDPOINT], settings=settings) as runpod:
            running = System(firestore_host, runpod.url, folder)
            try:
                yield running
            finally:
                running.close()
