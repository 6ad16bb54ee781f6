"""What every store must do: the one in memory that the unit tests believe in, and Firestore."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firepod.domain import housekeeping, life, looks
from firepod.domain.budget import Total
from firepod.domain.errors import ResourceExhausted
from firepod.domain.generation import (
    ErrorCode,
    MediaType,
    Output,
    Phase,
    RunpodJob,
    Status,
)
from firepod.domain.quota import Quota
from firepod.domain.records import Key, Records
from firepod.ports import Position, Usage
from tests.contract.steps import DATA, FILE, NOW, SERVER_TIMES, begin, complete
from tests.fakes.values import make_generation, make_job


def test_an_accepted_generation_is_three_whole_documents(subject):
    started = datetime.now(UTC)
    begin(subject.store)

    document = subject.document("generations/ann/images/file-1")
    times = {name: document.pop(name) for name in ("created_at", "modified")}
    told = document.pop("timeline")
    assert [(one["event"], one["attempt"]) for one in told] == [("queued", 1), ("submitted", 1)]
    times |= {one["event"]: one["at"] for one in told}
    assert document == {
        "user_id": "ann",
        "media_type": "images",
        "file_uid": "file-1",
        "task_type": "text2img",
        "request_data": {
            "prompt": "a lighthouse",
            "negative_prompt": "",
            "steps": 30,
            "guidance_scale": 7.0,
            "seed": 7,
            "width": 512,
            "height": 512,
            "num_images": 1,
        },
        "status": "queued",
        "attempt": 1,
    }
    if subject.on_firestore:
        # The server's clock, not ours.
        assert all(abs((time - started).total_seconds()) < 60 for time in times.values())
    assert subject.document("jobs/file-1") == {
        "user_id": "ann",
        "media_type": "images",
        "file_uid": "file-1",
        "attempt": 1,
        "phase": "submitted",
        "endpoint_id": "endpoint-images",
        "dialect": "firepod",
        "model": "",
        "outputs": [{"path": FILE.path, "content_type": "image/png"}],
        "created_at": NOW,
        "check_at": NOW + timedelta(seconds=60),
        "deadline_at": NOW + timedelta(seconds=4230),
        "checks": 0,
        "runpod_job_id": "job-1",
        "leftovers": [],
        "stray": False,
        "units": 1,
    }
    assert subject.document("quotas/ann") == {
        "leases": {"file-1": NOW + timedelta(hours=1)},
        "day": "2026-05-04",
        "used": 1,
    }


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(seconds=16), timedelta(hours=1)])
def test_who_is_silent_is_told_by_the_stores_clock_and_not_by_a_workers(store, wrong):
    ref, clock = make_generation().ref, datetime.now(UTC) + wrong
    begin(store)
    store.transition(ref, life.Claimed(1, "job-1", "run-1", clock))
    second = store.transition(ref, life.Claimed(1, "job-1", "run-2", clock + timedelta(hours=1)))
    assert not second.applied
    assert second.before.read_at is not None
    assert timedelta() <= second.before.quiet_for() < timedelta(seconds=10)
    assert second.before.generation is not None
    times = [one.at for one in second.before.generation.timeline]
    assert max(times) - min(times) < timedelta(seconds=10)


def test_a_whole_life_leaves_one_document_and_an_empty_quota(subject):
    store, ref = subject.store, make_generation().ref
    begin(store)
    store.transition(ref, life.Claimed(1, "job-1", "run-1", NOW))
    store.transition(ref, life.Progressed(1, 0.5, NOW, claim="run-1"))
    assert subject.document(ref.path)["progress"] == 0.5
    complete(store, ref)

    document = subject.document(ref.path)
    assert {name for name in SERVER_TIMES if name in document} == SERVER_TIMES
    others = SERVER_TIMES | {"request_data", "timeline"}
    assert {k: v for k, v in document.items() if k not in others} == {
        "user_id": "ann",
        "media_type": "images",
        "file_uid": "file-1",
        "task_type": "text2img",
        "status": "completed",
        "attempt": 1,
        "generated": True,
        "generation_data": {
            **DATA,
            "files": [{"path": FILE.path, "content_type": "image/png", "size_bytes": 42}],
        },
        "size_bytes": 42,
        "file_count": 1,
    }
    events = [one["event"] for one in document["timeline"]]
    assert events == ["queued", "submitted", "claimed", "completed"]
    assert subject.document("jobs/file-1") is None
    assert subject.document("quotas/ann") == {"leases": {}, "day": "2026-05-04", "used": 1}
    assert store.quota("ann") == Quota({}, "2026-05-04", 1)
    assert store.quota("bob") == Quota()


def test_a_retry_takes_away_what_the_failure_left(subject):
    store, ref = subject.store, make_generation().ref
    begin(store)
    store.transition(
        ref,
        life.Failed(1, ErrorCode.WORKER_ERROR, "It broke.", now=NOW, metrics={"delay_ms": 1}),
    )
    failed = subject.document(ref.path)
    assert (failed["error"], failed["error_code"]) == ("It broke.", "worker_error")

    again = make_generation(attempt=2, created_at=store.find(ref).created_at)
    store.transition(ref, life.Accepted(again, make_job(again, runpod_job_id=None)))

    document = subject.document(ref.path)
    assert document.keys() == {
        "user_id",
        "media_type",
        "file_uid",
        "task_type",
        "request_data",
        "status",
        "attempt",
        "created_at",
        "modified",
        "timeline",
    }
    assert document["created_at"] == failed["created_at"]
    told = [(one["event"], one["attempt"], one.get("error_code")) for one in document["timeline"]]
    assert told[2:] == [("failed", 1, "worker_error"), ("retried", 2, None)]
    job = subject.document("jobs/file-1")
    assert job["leftovers"] == [{"endpoint_id": "endpoint-images", "job_id": "job-1"}]
    assert "runpod_job_id" not in job


def test_what_is_written_is_read_again(store):
    generation = make_generation(
        task_type="text2video", request_data={"prompt": "Zoë 🐈", "extra": {"a": None, "b": 1.5}}
    )
    job = make_job(
        generation, phase=Phase.UNKNOWN, claim="run-9", outputs=(Output("p", "video/mp4"),)
    )
    job = replace(job, leftovers=(RunpodJob("e", "j"),))
    store.transition(generation.ref, lambda r: replace(r, generation=generation, job=job))

    found = store.find(generation.ref)
    by_the_store = {"created_at": found.created_at, "modified": found.modified}
    assert found == replace(generation, timeline=found.timeline, **by_the_store)
    assert [one.event for one in found.timeline] == ["queued", "submitted"]
    assert store.find_job("file-1") == job
    assert store.find(replace(generation.ref, user_id="bob")) is None
    assert store.find_job("other") is None


def test_what_others_have_written_into_a_document_is_in_the_way_of_no_change(on_firestore, client):
    """A newer version of ours, or an app; the change itself is about the job alone."""
    store, ref = on_firestore.store, make_generation().ref
    begin(store)
    client.document(ref.path).update({"stars": 5})
    client.document("jobs/file-1").update({"news": "some"})

    moved = store.transition(ref, looks.Looked(1, now=NOW, unit=timedelta(seconds=60)))
    store.transition(ref, life.Claimed(1, "job-1", "run-1", NOW))
    store.transition(ref, life.Progressed(1, 0.5, NOW, claim="run-1"))

    assert moved.applied
    document = on_firestore.document(ref.path)
    assert (document["stars"], document["progress"]) == (5, 0.5)
    assert on_firestore.document("jobs/file-1")["news"] == "some"


def test_a_change_without_effect_writes_nothing(store):
    begin(store)
    ref = make_generation().ref
    complete(store, ref)
    before = store.find(ref)

    again = complete(store, ref, NOW + timedelta(hours=1))

    assert not again.applied
    assert store.find(ref) == before


def test_what_a_change_raises_passes_through_and_nothing_is_written(store):
    def refuse(_records):
        raise ResourceExhausted("no", limit=1, used=1, retry_after_seconds=1)

    with pytest.raises(ResourceExhausted):
        store.transition(make_generation().ref, refuse)
    assert store.find(make_generation().ref) is None


def test_since_takes_the_last_change_as_read(store):
    first = begin(store, runpod_job_id=None, phase=Phase.SUBMITTING)
    seen = []

    def change(records):
        seen.append(records)
        return housekeeping.Submitted(1, "job-7", NOW)(records)

    second = store.transition(make_generation().ref, change, since=first)

    assert second.applied
    assert seen[0].job == first.after.job
    assert store.find_job("file-1").runpod_job_id == "job-7"


def test_since_that_was_overtaken_is_read_again(store):
    first = begin(store, runpod_job_id=None, phase=Phase.SUBMITTING)
    ref = make_generation().ref
    store.transition(ref, life.Cancelled(now=NOW))

    late = store.transition(ref, housekeeping.Submitted(1, "job-7", NOW), since=first)

    assert store.find(ref).status is Status.CANCELLED
    assert late.after.job.phase is Phase.STOPPING
    assert store.find_job("file-1").runpod_job_id == "job-7"  # so that it is stopped


def test_since_overwrites_nothing_that_another_has_written_meanwhile(store):
    ref, other = make_generation().ref, make_generation(file_uid="file-2")
    first = begin(store)
    begin(store, other)  # of the same user: another quota
    second = store.transition(ref, lambda r: replace(r, job=replace(r.job, checks=7)), since=first)

    store.transition(
        ref, lambda r: replace(r, quota=replace(r.quota, used=r.quota.used + 1)), since=second
    )

    assert store.quota("ann") == Quota({"file-2": NOW + timedelta(hours=1)}, "2026-05-04", 2)


def test_a_key_is_kept_only_where_it_is_named(subject):
    store, ref = subject.store, make_generation().ref
    key = Key(request_hash="h", generation=ref.path, expires_at=NOW + timedelta(days=1))
    store.transition(
        ref, lambda r: replace(r, generation=make_generation(), key=key), key_id="digest"
    )
    assert subject.document("idempotency_keys/digest") == {
        "request_hash": "h",
        "generation": ref.path,
        "expires_at": NOW + timedelta(days=1),
    }
    store.transition(ref, lambda r: replace(r, generation=None))
    assert store.transition(ref, lambda r: r, key_id="digest").after.key == key
    assert store.find_key("digest") == key
    assert store.find_key("another") is None
    assert store.drop_keys(NOW, 10) == 0
    assert store.drop_keys(NOW + timedelta(days=2), 10) == 1
    assert subject.document("idempotency_keys/digest") is None


def test_due_jobs_come_oldest_first_and_bounded(store):
    for number in (3, 1, 2, 9):
        one = make_generation(file_uid=f"file-{number}")
        begin(store, one, check_at=NOW + timedelta(seconds=number))

    def due(seconds, limit):
        return [job.file_uid for job in store.due_jobs(NOW + timedelta(seconds=seconds), limit)]

    assert due(3, 10) == ["file-1", "file-2", "file-3"]
    assert due(3, 2) == ["file-1", "file-2"]
    assert due(0, 10) == []


def test_the_newest_come_first_page_by_page(store):
    for number in range(5):
        begin(store, make_generation(file_uid=f"file-{number}"))
    complete(store, make_generation(file_uid="file-2").ref)
    begin(store, make_generation(file_uid="file-x", user_id="bob"))

    everything = store.newest("ann", MediaType.IMAGES, limit=10)
    first = store.newest("ann", MediaType.IMAGES, limit=2)
    last = Position(first[-1].created_at, first[-1].file_uid)
    rest = store.newest("ann", MediaType.IMAGES, limit=10, older_than=last)

    assert [one.file_uid for one in everything] == [f"file-{n}" for n in (4, 3, 2, 1, 0)]
    assert [*first, *rest] == everything
    assert store.newest("ann", MediaType.VIDEOS, limit=10) == []
    done = store.newest("ann", MediaType.IMAGES, limit=10, status=Status.COMPLETED)
    assert [one.file_uid for one in done] == ["file-2"]


def test_usage_is_summed_up_for_one_user_and_type(store):
    for number in range(2):
        one = make_generation(file_uid=f"file-{number}")
        begin(store, one)
        complete(store, one.ref)
    begin(store, make_generation(file_uid="file-9"))

    assert store.usage("ann", MediaType.IMAGES) == Usage(84, 2)
    assert store.usage("ann", MediaType.TTS) == Usage()
    assert store.usage("bob", MediaType.IMAGES) == Usage()


def test_the_units_of_a_day_are_summed_over_all_users_and_read_along(subject):
    store, ref = subject.store, make_generation().ref
    for user, quota in {
        "ann": Quota({}, "2026-05-04", 7),
        "bob": Quota({"a": NOW}, "2026-05-04", 5),
        "eve": Quota({}, "2026-05-03", 90),
    }.items():
        store.transition(replace(ref, user_id=user), lambda r, quota=quota: replace(r, quota=quota))
    assert [store.units_used(day) for day in ("2026-05-04", "2026-05-05")] == [12, 0]

    total = Total(day="2026-05-04", used=12, counted_at=NOW)
    store.keep_total(total)
    assert subject.document("totals/units") == {"day": total.day, "used": 12, "counted_at": NOW}
    assert store.transition(ref, lambda r: r, with_total=True).after.total == total
    assert store.transition(ref, lambda r: r).after.total is None
    begun = store.transition(
        ref, lambda r: replace(r, generation=make_generation()), with_total=True
    )
    store.transition(ref, lambda r: replace(r, generation=None), since=begun)
    assert subject.document("totals/units")["used"] == 12  # whatever else is written


def test_records_that_are_not_there_are_empty(store):
    assert store.transition(make_generation().ref, lambda r: r).after == Records()
