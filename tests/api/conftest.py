from pathlib import Path

import pytest
from firebase_functions import logger

from firepod import wiring
from tests.api.service import PROJECT, Service
from tests.fakes.backend import make_backend
from tests.strict_firestore import strict_firestore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A project of the emulators; tokens are checked as the Auth emulator has them checked."""
    monkeypatch.setenv("GCLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setenv("ENFORCE_APP_CHECK", "false")
    monkeypatch.setenv("CORS_ORIGINS", "*")
    yield
    wiring.use(None)


@pytest.fixture(autouse=True)
def written(monkeypatch):
    """Every log entry that is written, in order."""
    entries = []
    monkeypatch.setattr(logger, "write", entries.append)
    return entries


@pytest.fixture
def service():
    return Service(make_backend())


@pytest.fixture(scope="session")
def firestore_port():
    """A local Firestore for the session."""
    with strict_firestore() as port:
        yield port


@pytest.fixture
def firestore_client(firestore_port, monkeypatch):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import firestore

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{firestore_port}")
    client = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
    yield client
    client.close()
