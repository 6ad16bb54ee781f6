"""What is due: found whatever else the database holds, and whatever a document looks like."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from firebase_functions import logger

from firepod.adapters import documents
from firepod.adapters.firestore_due import UNREADABLE_AGAIN, WALK_EVERY
from firepod.domain import life
from firepod.domain.generation import ErrorCode, GenerationRef, MediaType, Phase, Status
from firepod.usecases.steps.expire import BATCH, expire
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend
from tests.fakes.clock import START
from tests.fakes.values import PNG, make_generation, make_job

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
UNREADABLE = {
    "empty": {},
    "without an attempt": {"attempt": None},
    "a time as a text": {"deadline_at": "tomorrow"},
    "a phase of another version": {"phase": "paused"},
    "outputs of another kind": {"outputs": [7]},
    "of another id": {"file_uid": "another"},
    "a number for a name": {"user_id": 7},
}


def end(store, generation, days=1, change=life.Cancelled, **values):
    """End a generation that expires so many days after NOW."""
    store.transition(generation.ref, lambda r: replace(r, generation=generation))
    expires_at = NOW + timedelta(days=days)
    store.transition(generation.ref, change(now=NOW, expires_at=expires_at, **values))


def listed(subject, ref):
    return subject.document(documents.expiration_path(ref.path))


def test_what_has_expired_is_found_for_every_user_the_oldest_first(store):
    for user, days in (("eve", 9), ("bob", 2), ("ann", 1)):
        end(store, make_generation(user_id=user, file_uid=f"file-{user}"), days)

    found = store.expired(NOW + 3 * DAY, 10)
    assert [one.ref.user_id for one in found] == ["ann", "bob"]
    assert len(store.expired(NOW + 30 * DAY, 2)) == 2


def test_the_list_of_what_expires_follows_the_generation(subject):
    store, one = subject.store, make_generation()
    end(store, one)
    assert listed(subject, one.ref) == {
        "user_id": "ann",
        "media_type": "images",
        "file_uid": "file-1",
        "expires_at": NOW + DAY,
    }

    again = make_generation(attempt=2)
    store.transition(one.ref, life.Accepted(again, make_job(again)))
    assert listed(subject, one.ref) is None

    late = life.Failed(2, ErrorCode.EXPIRED, "Late.", now=NOW, expires_at=NOW + 5 * DAY)
    store.transition(one.ref, late)
    assert listed(subject, one.ref)["expires_at"] == NOW + 5 * DAY
    store.transition(one.ref, life.Discarded(make_job(again), now=NOW))
    assert listed(subject, one.ref) is None


def test_an_entry_is_put_off_or_forgotten_unless_it_was_changed_since(subject):
    store, one = subject.store, make_generation()
    end(store, one)
    (found,) = store.expired(NOW + DAY, 10)
    store.settle(found, NOW + 2 * DAY)
    assert store.expired(NOW + DAY, 10) == []

    store.settle(found, None)
    (later,) = store.expired(NOW + 2 * DAY, 10)
    store.settle(later, None)
    assert listed(subject, one.ref) is None


def test_what_expires_and_is_on_no_list_is_found(store):
    one, other = make_generation(), make_generation(file_uid="file-2")
    end(store, one)
    end(store, other, days=2)
    for found in store.expired(NOW + 9 * DAY, 10):
        store.settle(found, None)

    for _ in MediaType:
        store.find_expirations(NOW + DAY, BATCH)

    assert [found.ref for found in store.expired(NOW + DAY, 10)] == [one.ref]


def test_a_jobs_time_is_moved_whatever_its_document_holds(subject):
    store, one = subject.store, make_generation()
    store.transition(one.ref, lambda r: replace(r, generation=one, job=make_job(one)))
    before = subject.document("jobs/file-1")

    store.set_aside("file-1", NOW + DAY)
    store.set_aside("gone", NOW)

    assert subject.document("jobs/file-1") == before | {"check_at": NOW + DAY}
    assert subject.document("jobs/gone") is None


def test_due_jobs_come_in_order_from_either_end(store):
    for number in (3, 1, 2, 9):
        one = make_generation(file_uid=f"file-{number}")
        job = make_job(one, check_at=NOW + number * DAY)
        store.transition(one.ref, lambda r, one=one, job=job: replace(r, generation=one, job=job))

    def due(limit, **order):
        return [job.file_uid for job in store.due_jobs(NOW + 3 * DAY, limit, **order)]

    assert (due(9), due(2)) == (["file-1", "file-2", "file-3"], ["file-1", "file-2"])
    assert due(2, latest=True) == ["file-3", "file-2"]


@pytest.mark.parametrize("wrong", UNREADABLE)
def test_an_unreadable_job_stops_no_other_keeps_what_it_holds_and_comes_later(
    on_firestore, client, wrong
):
    good = documents.job_document(make_job(check_at=NOW))
    bad = {"check_at": NOW - DAY, **(good | UNREADABLE[wrong] if UNREADABLE[wrong] else {})}
    client.document("jobs/bad").set({**bad, "file_uid": "bad"} | UNREADABLE[wrong])
    client.document("jobs/file-1").set(good)
    before = on_firestore.document("jobs/bad")

    assert [job.file_uid for job in on_firestore.store.due_jobs(NOW, 2)] == ["file-1"]
    assert [job.file_uid for job in on_firestore.store.due_jobs(NOW, 1)] == ["file-1"]

    after = on_firestore.document("jobs/bad")
    assert after == before | {"check_at": NOW + UNREADABLE_AGAIN}


def test_a_batch_full_of_unreadable_jobs_is_out_of_the_way_in_the_next_sweep(on_firestore, client):
    batch = client.batch()
    for number in range(300):
        batch.set(client.document(f"jobs/bad-{number}"), {"check_at": NOW - DAY, "phase": 7})
    batch.set(client.document("jobs/file-1"), documents.job_document(make_job(check_at=NOW)))
    batch.commit()

    assert on_firestore.store.due_jobs(NOW, 300) == []
    assert [job.file_uid for job in on_firestore.store.due_jobs(NOW, 300)] == ["file-1"]


def test_an_unreadable_entry_or_generation_stops_no_other(on_firestore, client):
    store, one = on_firestore.store, make_generation()
    end(store, one)
    client.document("expirations/bad").set({"expires_at": NOW - DAY, "user_id": "a/b"})
    newest = make_generation(file_uid="file-9", created_at=NOW + DAY)
    for number, generation in enumerate((one, newest)):
        document = documents.generation_document(generation)
        client.document(generation.ref.path).set(document)
        bad = {"created_at": NOW + number * DAY, "status": "asleep"}
        client.document(f"generations/ann/images/bad-{number}").set(bad)

    assert [found.ref for found in store.expired(NOW + DAY, 10)] == [one.ref]
    assert [found.ref for found in store.expired(NOW + DAY, 1)] == [one.ref]
    assert store.newest("ann", MediaType.IMAGES, limit=2) == [newest, one]
    assert [found.ref for found in store.newest("ann", MediaType.IMAGES, limit=1)] == [newest.ref]


@pytest.fixture
def foreign(on_firestore, client):  # which begins with an empty database
    """An app's own collections of the same names, which have long expired."""
    old = {"expires_at": START - 365 * DAY, "status": "completed"}
    paths = ["images/x", "tts/x/images/y", "a/b/generations/ann/images/z"]
    for kind in MediaType:
        paths += [f"posts/{number}/{kind}/{number}" for number in range(250)]
    for start in range(0, len(paths), 400):
        batch = client.batch()
        for path in paths[start : start + 400]:
            batch.set(client.document(path), old)
        batch.commit()
    return paths


def test_collections_of_an_app_with_our_names_change_nothing(
    on_firestore, client, foreign, monkeypatch
):
    written = []
    monkeypatch.setattr(logger, "write", written.append)
    backend = replace(make_backend(retention_days=1), store=on_firestore.store)
    path = "generating/ann/image/file-1.png"
    file = backend.storage.keep(path, PNG, "image/png", attempt=1)
    mine = make_generation(
        status=Status.COMPLETED, generated=True, generation_data={"files": [file.listed()]}
    )
    end(backend.store, replace(mine, status=Status.PROCESSING), 1, _completed_with(file))
    backend.clock.advance(DAY.total_seconds())

    assert expire(backend) == 1
    for _ in range(12):
        backend.store.find_expirations(backend.clock.now(), BATCH)

    assert client.document("upkeep/expirations").get().get("rest_until")
    assert client.collection("expirations").get() == []
    assert (backend.store.find(mine.ref), backend.storage.files) == (None, {})
    assert client.document("jobs/file-1").get().to_dict() is None
    assert all(client.document(path).get().exists for path in foreign[::50])
    assert [entry for entry in written if entry["severity"] == "ERROR"] == []


def _completed_with(file):
    def completed(**values):
        change = life.Completed(1, (file,), {}, **values)
        return lambda r: change(replace(r, job=make_job(r.generation)))

    return completed


@pytest.mark.usefixtures("foreign")
def test_what_an_older_worker_ended_is_found_between_them_and_the_rest_is_only_passed_by(
    on_firestore, client
):
    backend = replace(make_backend(retention_days=1), store=on_firestore.store)
    old = make_generation(status=Status.FAILED, expires_at=START)
    document = documents.generation_document(old)
    for kind in MediaType:  # as written before there was a list
        client.document(f"generations/ann/{kind}/file-1").set(document)

    for _ in range(4 * (252 // BATCH + 1)):
        backend.clock.advance(60)
        sweep(backend)
    expire(backend)

    refs = [GenerationRef("ann", kind, "file-1") for kind in MediaType]
    assert [backend.store.find(ref) for ref in refs] == [None] * 4
    place = client.document("upkeep/expirations").get().to_dict()
    assert place == {"rest_until": backend.clock.now() + WALK_EVERY}


def test_a_generation_is_listed_in_the_commit_that_ends_it(on_firestore, client):
    one = make_generation()
    on_firestore.store.transition(
        one.ref, lambda r: replace(r, generation=one, job=make_job(one, phase=Phase.SUBMITTED))
    )
    commits, commit = [], client._firestore_api.commit
    client._firestore_api.commit = lambda *args, **kwargs: (
        commits.append(args or kwargs),
        commit(*args, **kwargs),
    )[1]
    try:
        end_at = NOW + DAY
        on_firestore.store.transition(one.ref, life.Cancelled(now=NOW, expires_at=end_at))
    finally:
        del client._firestore_api.commit

    assert len(commits) == 1
    assert listed(on_firestore, one.ref)["expires_at"] == end_at
