from pathlib import Path

import pytest

from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from tests.failpoints.system import ENDPOINT, System
from tests.strict_firestore import strict_firestore


@pytest.fixture(scope="module")
def firestore_host():
    with strict_firestore() as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def system(firestore_host, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("failpoints")
    settings = Settings(
        worker_poll=0.05,
        webhook_attempts=1,
        identity_fields=("file_uid", "user_id", "attempt"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        with running_in_thread([ENDPOINT], settings=settings) as runpod:
            running = System(firestore_host, runpod.url, folder)
            try:
                yield running
            finally:
                running.close()
