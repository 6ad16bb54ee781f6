"""A place among those that may run is taken until RunPod's job is known to have ended."""

from datetime import timedelta

import pytest

from firepod.domain import housekeeping, life
from firepod.domain.errors import ResourceExhausted
from firepod.domain.generation import Phase, RunpodJob, Status
from firepod.domain.quota import Limits, Quota
from firepod.domain.records import Records
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START
from tests.fakes.values import make_generation, make_job

NOW = START + timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)
ENDS = {
    "cancelled": life.Cancelled(now=NOW),
    "discarded": lambda records: life.Discarded(records.job, now=NOW)(records),
}


def running(attempt=1, older=(), **job):
    """An attempt that runs, and the places of older ones that RunPod has not stopped."""
    generation = make_generation(attempt=attempt)
    record = make_job(generation, **job)
    leases = dict.fromkeys((record.lease, *older), LATER)
    return Records(generation=generation, job=record, quota=Quota(leases, "2026-05-04", 9))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("phase", [Phase.SUBMITTING, Phase.UNKNOWN, Phase.SUBMITTED])
def test_what_runpod_may_have_keeps_its_place_and_its_units(end, phase):
    before = running(phase=phase)
    assert ENDS[end](before).quota == before.quota


@pytest.mark.parametrize("end", ENDS)
def test_what_runpod_certainly_has_not_gives_place_and_units_back(end):
    after = ENDS[end](running(phase=Phase.WAITING, runpod_job_id=None, units=3))
    assert after.quota == Quota({}, "2026-05-04", 6)


@pytest.mark.parametrize("end", ENDS)
def test_the_place_is_free_when_runpod_has_stopped_the_job(end):
    over = ENDS[end](running())
    after = housekeeping.Stopped("file-1", 1, "job-1")(over)
    assert after.quota.leases == {}
    assert after.quota.used == 9
    assert housekeeping.Stopped("file-1", 1, "job-1")(after) is after


def test_what_is_live_is_not_taken_for_stopped():
    before = running()
    assert housekeeping.Stopped("file-1", 1, "job-1")(before) is before


def test_the_place_of_an_older_attempt_is_its_own():
    before = running(2, older=("file-1",), leftovers=(RunpodJob("endpoint-images", "job-0"),))
    after = housekeeping.Stopped("file-1", 1, "job-0")(before)
    assert after.quota.leases.keys() == {"file-1:2"}
    assert after.job.leftovers == ()


def test_an_older_attempts_answer_of_run_that_comes_late_is_remembered_to_be_stopped():
    before = running(2, older=("file-1",), runpod_job_id="job-2")
    after = housekeeping.Submitted(1, "job-1", NOW)(before)
    assert after.job.leftovers == (RunpodJob("endpoint-images", "job-1"),)
    assert (after.generation, after.quota) == (before.generation, before.quota)
    assert housekeeping.Submitted(1, "job-1", NOW)(after) is after


def test_older_places_are_free_when_the_last_leftover_has_stopped():
    leftover = RunpodJob("endpoint-images", "job-0")
    before = running(3, older=("file-1", "file-1:2"), leftovers=(leftover,))
    after = housekeeping.WithoutLeftover(leftover)(before)
    assert after.quota.leases.keys() == {"file-1:3"}


def test_a_stray_job_keeps_an_older_place_until_all_is_cleared():
    leftover = RunpodJob("endpoint-images", "job-0")
    before = running(2, older=("file-1",), leftovers=(leftover,), stray=True)
    left = housekeeping.WithoutLeftover(leftover)(before)
    assert left.quota == before.quota
    done = life.Completed(2, (), {}, now=NOW)(left)
    assert (done.job.phase, set(done.quota.leases)) == (Phase.STOPPING, {"file-1"})
    gone = housekeeping.Cleared(2)(done)
    assert (gone.job, gone.quota.leases) == (None, {})
    assert gone.generation.status is Status.COMPLETED


def test_a_document_deleted_by_hand_keeps_its_place_until_it_is_cleared():
    lost = housekeeping.Orphaned(1, now=NOW)(Records(job=running().job, quota=running().quota))
    assert lost.quota.leases
    assert housekeeping.Cleared(1)(lost).quota.leases == {}


def test_a_place_outlives_its_jobs_deadline_by_five_minutes_and_then_is_free_by_itself():
    """So that what is ended at its deadline gives it back itself, and a lost end locks nobody."""
    backend = make_backend(limits=Limits(active=1, daily=100))
    ref = submit(backend, "ann", make_request()).ref
    deadline = backend.store.find_job(ref.file_uid).deadline_at
    last = deadline + timedelta(minutes=5) - timedelta(seconds=1)
    backend.clock.advance((last - START).total_seconds())
    with pytest.raises(ResourceExhausted):
        submit(backend, "ann", make_request())

    backend.clock.advance(1)
    submit(backend, "ann", make_request())
