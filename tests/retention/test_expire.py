"""RETENTION_DAYS: what has expired is deleted in bounded batches, and nothing else."""

from datetime import timedelta

import pytest

from firepod.domain.generation import Status
from firepod.domain.records import Key
from firepod.usecases.cancel import cancel
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.steps.expire import AGAIN_AFTER, BATCH, expire
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend
from tests.fakes.clock import START
from tests.fakes.failpoints import Killed
from tests.fakes.haunted import haunted
from tests.fakes.values import PNG, make_generation

DAY = timedelta(days=1)


def completed(backend, number: int, expires_at):
    """A completed generation with its file in Storage."""
    path = f"generating/ann/image/file-{number}.png"
    file = backend.storage.keep(path, PNG, "image/png", attempt=1)
    backend.store.keep(
        make_generation(
            file_uid=f"file-{number}",
            status=Status.COMPLETED,
            generated=True,
            generation_data={"files": [file.listed()]},
            expires_at=expires_at,
        )
    )


def test_nothing_expires_without_retention():
    backend = make_backend()
    assert expiry(backend, START) is None
    completed(backend, 1, None)
    backend.clock.advance(400 * DAY.total_seconds())

    assert expire(backend) == 0

    assert set(backend.storage.files) == {"generating/ann/image/file-1.png"}


def test_what_ends_gets_its_time():
    backend = make_backend(retention_days=30)
    generation = make_generation()
    backend.store.keep(generation)

    cancel(backend, generation.ref)

    assert backend.store.find(generation.ref).expires_at == START + 30 * DAY


def test_a_run_takes_a_batch_and_the_next_ones_the_rest():
    backend = make_backend(retention_days=1)
    for number in range(2 * BATCH + 50):
        completed(backend, number, START + timedelta(minutes=number))
    completed(backend, 9_999, START + 9 * DAY)
    backend.clock.advance(DAY.total_seconds())

    assert [expire(backend) for _ in range(4)] == [BATCH, BATCH, 50, 0]

    assert list(backend.store.generations) == ["generations/ann/images/file-9999"]
    assert list(backend.storage.files) == ["generating/ann/image/file-9999.png"]
    assert backend.store.jobs == {}


def with_one_expired():
    backend = make_backend(retention_days=1)
    completed(backend, 1, START)
    backend.clock.advance(1)
    return backend


def test_files_that_could_not_be_deleted_at_once_are_deleted_later():
    trial, backend = with_one_expired(), with_one_expired()
    expire(trial)
    backend.failpoints.kill_at(trial.failpoints.reached.index("storage.delete"))
    with pytest.raises(Killed):
        expire(backend)
    assert backend.store.generations == {}
    assert len(backend.storage.files) == 1
    backend.clock.advance(60)

    sweep(backend)
    for task in backend.queue.take():
        reconcile(backend, task.payload["file_uid"])

    assert backend.storage.files == {}
    assert backend.store.jobs == {}


@pytest.mark.parametrize("retention_days", [0, 1])
def test_keys_are_dropped_after_their_day(retention_days: int):
    backend = make_backend(retention_days=retention_days)
    for number in range(3):
        path = f"idempotency_keys/{number}"
        ref = make_generation().ref
        backend.store.values[path] = Key(
            request_hash="h", generation=ref.path, expires_at=START + number * DAY
        )
    backend.clock.advance(DAY.total_seconds())

    expire(backend)

    assert list(backend.store.keys) == ["idempotency_keys/2"]


def test_what_is_tried_again_at_the_moment_of_its_deletion_stays():
    backend = make_backend(retention_days=1)
    failed = make_generation(status=Status.FAILED, expires_at=START)
    backend.store.keep(failed)
    backend.store.conflicts.append(lambda: retry(backend, failed.ref))

    assert expire(backend) == 0

    assert backend.store.find(failed.ref).attempt == 2
    assert backend.store.expirations == {}
    assert expire(backend) == 0


def test_what_cannot_be_deleted_makes_room_for_the_others():
    backend = make_backend(retention_days=1)
    played, ghost = haunted(backend, "store", "transition", RuntimeError("a bug"))
    for number in range(1000, 1000 + 2 * BATCH):
        completed(backend, number, START + timedelta(seconds=number))
        if number < 1000 + BATCH:
            ghost.file_uids.add(f"file-{number}")
    backend.clock.advance(DAY.total_seconds())

    assert [expire(played), expire(played)] == [0, BATCH]

    ghost.file_uids.clear()
    backend.clock.advance(AGAIN_AFTER.total_seconds())
    while expire(played):
        continue
    assert backend.store.generations == {}
    assert backend.storage.files == {}
