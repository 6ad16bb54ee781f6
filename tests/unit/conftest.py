"""A backend of fakes, and log events that can be looked at."""

import pytest
from firebase_functions import logger

from tests.fakes.backend import make_backend


@pytest.fixture
def backend():
    return make_backend()


@pytest.fixture(autouse=True)
def written(monkeypatch):
    """Every log entry that is written, in order."""
    entries = []
    monkeypatch.setattr(logger, "write", entries.append)
    return entries
