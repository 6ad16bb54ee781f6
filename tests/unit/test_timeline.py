"""A generation tells its own life: what happened, when, and to which attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.adapters import documents
from firepod.domain import timeline
from firepod.domain.direct import BegunDirectly, RefusedDirectly
from firepod.domain.generation import Event, Happened, Status
from firepod.domain.records import Records
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.callback import callback
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START
from tests.fakes.gpu import Answer
from tests.fakes.values import make_generation, make_job
from tests.fakes.worker import FakeRun


def start(backend, *answers):
    backend.gpu.answers.extend(answers)
    return submit(backend, "ann", make_request(seed=1)).ref


def run(backend, way, claim="run-1"):
    job = list(backend.gpu.jobs.values())[-1]
    return FakeRun(backend, job, claim, way)


def life(backend, ref):
    """Events with their seconds since the start, as the document and the job tell them."""
    generation = backend.store.generations.get(ref.path)
    told = timeline.life_of(generation, backend.store.find_job(ref.file_uid))
    return [(str(one.event), round((one.at - START).total_seconds())) for one in told]


def shown(backend, ref):
    """Events as an app sees them."""
    found = backend.store.document(ref.path).get("timeline", [])
    return [(one["event"], one["attempt"]) for one in found]


def deliver(backend):
    for task in backend.queue.take():
        {"reconcile": reconcile, "dispatch": dispatch}[task.function](
            backend, task.payload["file_uid"]
        )


@pytest.mark.parametrize("way", ["credentials", "upload_urls", "inline"])
def test_whoever_brings_them_all_steps_stand_in_the_document_with_their_times(way):
    delivery = "upload_urls" if way == "upload_urls" else "credentials"
    backend = make_backend(worker_delivery=delivery)
    ref = start(backend)
    backend.clock.advance(5)
    worker = run(backend, way)
    worker.begin()
    backend.clock.advance(2)
    worker.progress(0.5)
    backend.clock.advance(3)
    worker.complete()
    callback(backend, worker._callback(), worker.job.report)
    deliver(backend)

    assert life(backend, ref) == [
        ("queued", 0),
        ("submitted", 0),
        ("claimed", 5),
        ("completed", 10),
    ]
    assert [event for event, _ in shown(backend, ref)] == [event for event, _ in life(backend, ref)]
    assert backend.store.jobs == {}


def test_what_happens_to_the_job_alone_waits_there_and_costs_no_write():
    backend = make_backend()
    ref = start(backend)
    assert shown(backend, ref) == [("queued", 1)]
    assert [str(one.event) for one in backend.store.find_job(ref.file_uid).events] == ["submitted"]
    assert life(backend, ref) == [("queued", 0), ("submitted", 0)]
    assert backend.store.commits == 2

    run(backend, "credentials").begin()

    assert shown(backend, ref) == [("queued", 1), ("submitted", 1), ("claimed", 1)]
    assert backend.store.find_job(ref.file_uid).events == ()
    assert backend.store.commits == 3


def test_progress_is_no_event_and_tells_nothing_twice():
    backend = make_backend()
    ref = start(backend)
    worker = run(backend, "credentials")
    worker.begin()
    for second in range(5):
        backend.clock.advance(1)
        worker.progress(second / 10)
    assert shown(backend, ref) == [("queued", 1), ("submitted", 1), ("claimed", 1)]


def test_while_runpod_is_away_it_waits_once_however_often_it_is_tried():
    backend = make_backend()
    ref = start(backend, *[Answer.NOT_REACHED] * 4)
    for _ in range(3):
        backend.clock.advance(60)
        with pytest.raises(Exception, match="out of reach"):
            dispatch(backend, ref.file_uid)
    assert life(backend, ref) == [("queued", 0), ("waiting", 0)]
    backend.clock.advance(20)
    dispatch(backend, ref.file_uid)
    assert life(backend, ref) == [("queued", 0), ("waiting", 0), ("submitted", 200)]


def test_a_lost_answer_is_unknown_until_a_claim_tells_the_job():
    backend = make_backend()
    ref = start(backend, Answer.LOSE_ANSWER)
    assert life(backend, ref) == [("queued", 0), ("unknown", 0)]
    backend.clock.advance(4)
    run(backend, "credentials").begin()
    assert life(backend, ref)[1:] == [("unknown", 0), ("submitted", 4), ("claimed", 4)]


def test_a_run_that_takes_over_from_a_dead_one_is_seen():
    backend = make_backend()
    ref = start(backend)
    run(backend, "credentials").begin()
    backend.clock.advance(60)
    assert run(backend, "credentials", "run-2").begin()
    assert life(backend, ref)[2:] == [("claimed", 0), ("claimed", 60)]


def test_the_life_of_every_attempt_stays_with_the_reason_of_each_failure():
    backend = make_backend()
    ref = start(backend)
    worker = run(backend, "credentials")
    worker.begin()
    worker.fail("No.")
    retry(backend, ref)
    cancel(backend, ref)
    retry(backend, ref)

    assert shown(backend, ref) == [
        *[("queued", 1), ("submitted", 1), ("claimed", 1), ("failed", 1)],
        *[("retried", 2), ("submitted", 2), ("cancelled", 2), ("retried", 3)],
    ]
    found = backend.store.document(ref.path)
    assert "error_code" not in found
    assert found["timeline"][3]["error_code"] == "worker_error"


def test_an_end_by_the_sweep_is_told_like_any_other():
    backend = make_backend()
    ref = start(backend)
    backend.gpu.reachable = False
    for _ in range(200):
        backend.clock.advance(60)
        sweep(backend)
    assert [event for event, _ in life(backend, ref)] == ["queued", "submitted", "failed"]
    assert backend.store.document(ref.path)["timeline"][-1]["error_code"] == "storage_failed"


def test_what_is_told_when_runpod_says_that_it_runs():
    """A worker that is not ours claims nothing."""
    backend = make_backend()
    ref = start(backend)
    backend.clock.advance(70)
    backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
    reconcile(backend, ref.file_uid)
    assert life(backend, ref) == [("queued", 0), ("submitted", 0), ("claimed", 70)]


def test_a_direct_request_is_told_from_the_workers_claim_on(backend):
    generation = make_generation(created_at=None, modified=None)
    job = make_job(generation, claim="run-1")
    begun = backend.store.transition(generation.ref, BegunDirectly(generation, job, START))
    assert [str(one.event) for one in begun.events] == ["submitted", "claimed"]
    assert shown(backend, generation.ref) == [("submitted", 1), ("claimed", 1)]

    other = replace(generation, file_uid="file-2")
    backend.store.transition(other.ref, RefusedDirectly(other, "No.", START))
    assert shown(backend, other.ref) == [("failed", 1)]


def test_discarding_is_told_and_leaves_no_document(backend, started):
    discard(backend, started)
    job = backend.store.find_job(started.file_uid)
    assert [str(one.event) for one in job.events][-1] == "discarded"


def test_of_very_many_the_first_and_the_newest_stay(backend, started):
    for _ in range(30):
        cancel(backend, started)
        retry(backend, started)
    found = backend.store.document(started.path)["timeline"]
    assert len(found) == timeline.FIRST + timeline.NEWEST == 40
    assert [one["event"] for one in found][:2] == ["queued", "submitted"]
    assert found[-1] == {"event": "retried", "attempt": 31, "at": backend.clock.now()}


def test_what_an_older_version_began_gets_no_field_that_it_could_not_take(backend):
    generation = make_generation()
    backend.store.keep(generation, make_job(generation, runpod_job_id=None))
    cancelled = cancel(backend, generation.ref)
    assert cancelled.status is Status.CANCELLED
    assert "timeline" not in backend.store.document(generation.ref.path)
    assert "events" not in backend.store.document("jobs/file-1")
    # Its times tell the most of it, and its next attempt is told in whole.
    assert life(backend, generation.ref) == [("queued", 0), ("cancelled", 0)]
    backend.clock.advance(1)
    retry(backend, generation.ref)
    assert shown(backend, generation.ref) == [("retried", 2)]
    assert life(backend, generation.ref) == [("queued", 0), ("retried", 1), ("submitted", 1)]


def test_gaps_are_filled_from_the_times_of_a_document():
    began, end = START + timedelta(seconds=3), START + timedelta(seconds=9)
    told = timeline.life_of(
        make_generation(
            status=Status.COMPLETED,
            started_at=began,
            completed_at=end,
            timeline=(Happened(Event.QUEUED, START, 1),),
        ),
        None,
    )
    assert [(one.event, one.at) for one in told] == [
        (Event.QUEUED, START),
        (Event.CLAIMED, began),
        (Event.COMPLETED, end),
    ]
    assert timeline.life_of(None, None) == ()


def test_a_timeline_that_is_not_ours_stops_nothing():
    document = documents.generation_document(make_generation())
    path = make_generation().ref.path
    for strange in (
        "soon",
        7,
        [None, {"event": "born"}, {"event": "queued", "at": "noon", "attempt": 1}],
    ):
        found = documents.parse_generation(document | {"timeline": strange}, path)
        assert found.timeline == ()


def test_the_first_and_only_place_that_tells_is_pure(backend, started):
    found = backend.store.generations[started.path]
    before = Records(generation=found, job=backend.store.find_job(started.file_uid))
    after = replace(before, generation=replace(found, status=Status.CANCELLED))
    assert timeline.told(before, after, START) == timeline.told(before, after, START)
    assert before.generation is found
