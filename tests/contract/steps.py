"""The first and the last step of a generation, as the suite of the store takes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from firepod.domain import life
from firepod.domain.generation import (
    StoredFile,
)
from firepod.domain.quota import Quota
from tests.fakes.values import make_generation, make_job

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
FILE = StoredFile("generating/ann/image/file-1.png", "image/png", 42, "t", "ann", 1)
DATA = {"image_urls": ["https://m/1"], "image_url": "https://m/1", "seed": 7}
SERVER_TIMES = {"created_at", "modified", "started_at", "completed_at"}


def begin(store, generation=None, **job):
    """Accept a generation with a lease, as `submit` does."""
    one = generation or make_generation()
    quota = Quota({one.file_uid: NOW + timedelta(hours=1)}, "2026-05-04", 1)
    return store.transition(
        one.ref,
        lambda records: life.Accepted(one, make_job(one, **job))(replace(records, quota=quota)),
    )


def complete(store, ref, now=NOW):
    return store.transition(ref, life.Completed(1, (FILE,), DATA, now=now))
