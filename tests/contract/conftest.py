"""The Store port twice: in memory, and on the local Firestore in a process of its own."""

import os
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from firepod.ports import Store
from tests.contract.storage_subjects import in_memory, on_google, on_the_emulator
from tests.fakes.clock import FakeClock
from tests.fakes.emulators import running_emulators
from tests.fakes.store import FakeStore
from tests.strict_firestore import strict_firestore

ROOT = Path(__file__).parents[2]
PROJECT = "demo-contract"
READY_SECONDS = 30


@dataclass(frozen=True)
class Subject:
    """A store, and a look at what it has written."""

    store: Store
    document: Any  #: path -> the document as a dict, None if it is not there
    on_firestore: bool


@pytest.fixture(scope="session")
def firestore_address():
    with strict_firestore() as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def client(firestore_address):
    from google.cloud import firestore

    before = os.environ.get("FIRESTORE_EMULATOR_HOST")
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_address
    client = firestore.Client(project=PROJECT)
    yield client
    client.close()
    if before is None:
        del os.environ["FIRESTORE_EMULATOR_HOST"]
    else:
        os.environ["FIRESTORE_EMULATOR_HOST"] = before


@pytest.fixture(params=["memory", "firestore"])
def subject(request):
    if request.param == "memory":
        fake = FakeStore(FakeClock())
        return Subject(fake, fake.document, on_firestore=False)
    return request.getfixturevalue("on_firestore")


@pytest.fixture
def on_firestore(client, firestore_address):
    from firepod.adapters.firestore import FirestoreStore

    path = f"/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    urlopen(Request(f"http://{firestore_address}{path}", method="DELETE"), timeout=10).close()
    return Subject(
        FirestoreStore(client),
        lambda path: client.document(path).get().to_dict(),
        on_firestore=True,
    )


@pytest.fixture(scope="session")
def google():
    with on_google() as subject:
        yield subject


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    project = "demo-media-test"
    with (
        running_emulators(tmp_path_factory.mktemp("storage"), project, ["storage"]) as running,
        on_the_emulator(running.address("storage"), project) as subject,
    ):
        yield subject


@pytest.fixture(params=["memory", "google", "emulator"])
def place(request):
    """Each place that serves the port of Storage, with a folder for this test."""
    found = in_memory() if request.param == "memory" else request.getfixturevalue(request.param)
    found.later(timedelta())
    return replace(found, folder=uuid.uuid4().hex)


@pytest.fixture
def store(subject):
    return subject.store
