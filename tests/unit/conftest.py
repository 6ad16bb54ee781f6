"""A backend of fakes, and log events that can be looked at."""

import pytest
from firebase_functions import logger

from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request


@pytest.fixture
def backend():
    return make_backend()


@pytest.fixture(autouse=True)
def written(monkeypatch):
    """Every log entry that is written, in order."""
    entries = []
    monkeypatch.setattr(logger, "write", entries.append)
    return entries


@pytest.fixture
def started(backend):
    """A generation of ann's that RunPod has as job-1."""
    return submit(backend, "ann", make_request(seed=1)).ref
