"""What the store finds by user, in memory and on Firestore alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firepod.domain.generation import MediaType, Phase
from firepod.domain.owned import UploadRound
from firepod.domain.records import Key
from tests.fakes.values import make_generation, make_job

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
FIELDS = [
    ("text2img", "init_image"),
    ("text2img", "mask_image"),
    ("text2video", "init_image"),
    ("voice_clone", "audio"),
]


def keep(store, generation, job=None):
    store.transition(generation.ref, lambda r: replace(r, generation=generation, job=job))


@pytest.mark.parametrize(("task", "field"), FIELDS)
def test_a_generation_uses_the_uploads_that_its_request_names(store, task, field):
    path = "uploads/ann/a.png"
    generation = make_generation(task)
    keep(store, replace(generation, request_data={**generation.request_data, field: path}))

    assert store.uses_upload("ann", path)
    assert not store.uses_upload("ann", "uploads/ann/a")
    assert not store.uses_upload("bob", path)

    store.transition(generation.ref, lambda r: replace(r, generation=None))
    assert not store.uses_upload("ann", path)


def test_what_a_request_says_elsewhere_is_no_use(store):
    path = "uploads/ann/a.png"
    keep(store, make_generation(request_data={"prompt": path, "extra": {"init_image": path}}))

    assert not store.uses_upload("ann", path)


def test_generations_are_listed_by_name_whatever_they_hold(store, subject):
    for number in range(5):
        keep(store, make_generation(file_uid=f"file-{number}"))
    keep(store, make_generation(file_uid="file-9", user_id="bob"))

    first = store.generations_of("ann", MediaType.IMAGES, after="", limit=3)
    rest = store.generations_of("ann", MediaType.IMAGES, after="file-2", limit=3)

    assert [one.ref.file_uid for one in (*first, *rest)] == [f"file-{n}" for n in range(5)]
    assert all(one.readable and one.created_at for one in first)
    assert store.generations_of("ann", MediaType.TTS, after="", limit=3) == []


def test_what_is_no_document_of_ours_is_listed_and_dropped(store, subject, request):
    foreign = {"generations/ann/images/x": {"prompt": "p"}, "jobs/x": {"user_id": "ann"}}
    if subject.on_firestore:
        client = request.getfixturevalue("client")
        for path, data in foreign.items():
            client.document(path).set(data)
    else:
        store.values.update(foreign)

    (generation,) = store.generations_of("ann", MediaType.IMAGES, after="", limit=3)
    (job,) = store.jobs_of("ann", 3)
    assert (generation.readable, generation.created_at, job.job) == (False, None, None)

    store.drop_generation(generation.ref)
    store.drop_job(job.file_uid)
    assert store.generations_of("ann", MediaType.IMAGES, after="", limit=3) == []
    assert store.jobs_of("ann", 3) == []


def test_jobs_are_found_by_their_user_with_what_they_read(store):
    for user, name in (("ann", "file-1"), ("ann", "file-2"), ("bob", "file-3")):
        one = make_generation(user_id=user, file_uid=name)
        keep(store, one, make_job(one, phase=Phase.STOPPING, uploads=("uploads/ann/a.png",)))

    found = store.jobs_of("ann", 10)

    assert {owned.file_uid for owned in found} == {"file-1", "file-2"}
    assert found[0].job.uploads == ("uploads/ann/a.png",)
    assert len(store.jobs_of("ann", 1)) == 1


def test_keys_are_dropped_by_the_user_whose_generation_they_started(subject):
    store = subject.store
    for number, user in enumerate(("ann", "anna", "ann", "ann1")):
        ref = make_generation(user_id=user).ref
        key = Key(
            request_hash="h", generation=ref.path, expires_at=NOW + timedelta(hours=number % 3)
        )
        store.transition(ref, lambda r, key=key: replace(r, key=key), key_id=f"k{number}")

    assert store.drop_keys_of("ann", NOW, 10) == 1
    assert store.drop_keys_of("ann", NOW + timedelta(hours=5), 10) == 1

    left = [n for n in range(4) if subject.document(f"idempotency_keys/k{n}") is not None]
    assert left == [1, 3]


def test_an_erasure_is_found_when_it_is_due_and_changed_only_as_it_was_read(store):
    assert store.erasure("ann") is None
    for user, minutes in (("ann", 2), ("bob", 1), ("eve", 9)):
        store.begin_erasure(user, NOW + timedelta(minutes=minutes))
    assert store.due_erasures(NOW + timedelta(minutes=3), 9) == ["bob", "ann"]
    assert store.due_erasures(NOW + timedelta(minutes=3), 1) == ["bob"]

    begun = store.erasure("ann")
    step = replace(begun, looks=1, after="voices/x", check_at=NOW + timedelta(hours=1))
    assert store.change_erasure(begun, step)
    assert not store.change_erasure(begun, replace(begun, looks=7))
    assert store.erasure("ann") == step

    store.begin_erasure("ann", NOW)
    assert not store.change_erasure(step, None)
    assert store.change_erasure(store.erasure("ann"), None)
    assert store.erasure("ann") is None
    assert not store.change_erasure(step, None)


def test_an_erasure_takes_what_is_there_by_the_clock_of_the_database(subject):
    keep(subject.store, make_generation())
    subject.store.begin_erasure("ann", NOW)

    (found,) = subject.store.generations_of("ann", MediaType.IMAGES, after="", limit=3)

    assert found.created_at <= subject.store.erasure("ann").erased_at
    if subject.on_firestore:
        assert subject.store.erasure("ann").erased_at > NOW + timedelta(days=1)


def test_the_round_through_uploads_is_kept(store):
    assert store.upload_round() == UploadRound()
    for one in (UploadRound("uploads/ann/a.png"), UploadRound(rest_until=NOW)):
        store.keep_upload_round(one)
        assert store.upload_round() == one
