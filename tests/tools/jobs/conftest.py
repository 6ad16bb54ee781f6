"""`python -m tools.jobs` on a Firestore in a process of its own; RunPod and Storage in memory."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.request import Request, urlopen

import pytest

from firepod.adapters.firestore import FirestoreStore
from firepod.settings import WorkerDelivery
from tests.fakes.backend import make_backend
from tests.strict_firestore import strict_firestore
from tools.jobs.log_lines import Logs
from tools.jobs.place import Place
from tools.jobs.program import main

PROJECT = "demo-jobs"


@dataclass
class Operator:
    """What an operator types, and what stands behind it."""

    backend: Any
    client: Any
    capsys: Any
    looks_here: bool = True  #: whether RUNPOD_API_KEY is there
    logs: Any = field(default=lambda _uid, _since: Logs([]))
    unknown: str = ""  #: what is missing to change anything
    code: int = -1
    said: str = ""
    complained: str = ""

    def types(self, *arguments: str) -> str:
        """Run it; what it printed."""
        place = Place(
            name="a test",
            backend=self.backend,
            client=self.client,
            looks_here=self.looks_here,
            read_logs=self.logs,
            unknown=self.unknown,
        )
        self.capsys.readouterr()
        self.code = main(arguments, lambda _asked: place)
        self.said, self.complained = self.capsys.readouterr()
        return self.said

    def document(self, path: str) -> Any:
        return self.client.document(path).get().to_dict()

    def everything(self) -> dict[str, Any]:
        """Every document of the database."""
        held: dict[str, Any] = {}
        for group in ("jobs", "quotas", "images", "videos", "voices", "tts", "expirations"):
            for one in self.client.collection_group(group).stream():
                held[one.reference.path] = one.to_dict()
        return held


@pytest.fixture(scope="session")
def address():
    with strict_firestore() as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def client(address):
    from google.cloud import firestore

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", address)
        client = firestore.Client(project=PROJECT)
    yield client
    client.close()


@pytest.fixture
def operator(client, address, capsys):
    path = f"/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    urlopen(Request(f"http://{address}{path}", method="DELETE"), timeout=10).close()
    fakes = make_backend(worker_delivery=WorkerDelivery.UPLOAD_URLS)
    return Operator(replace(fakes, store=FirestoreStore(client)), client, capsys)
