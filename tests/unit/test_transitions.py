"""The state machine as a table: every state x every change, in whatever order and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.domain import housekeeping, life
from firepod.domain.generation import ErrorCode, Phase, RunpodJob, Status, StoredFile
from firepod.domain.quota import Quota
from firepod.domain.records import Records
from tests.fakes.clock import START
from tests.fakes.values import PREVIEW, make_generation, make_job

NOW = START + timedelta(minutes=1)
FILE = StoredFile("generating/ann/image/file-1.png", "image/png", 42, "t", "ann", 1)
STATES = list(Status)


def records_in(status, **job):
    generation = make_generation(status=status, attempt=2)
    leases = {} if status.terminal else {"file-1:2": NOW + timedelta(hours=1)}
    completed = status is Status.COMPLETED
    return Records(
        generation=generation,
        job=None if completed else make_job(generation, **job),
        quota=Quota(leases, "2026-05-04", 5),
    )


def changes(attempt=2):
    """Every change that the world can bring, as if for this attempt."""
    return {
        "submitted": housekeeping.Submitted(attempt, "job-1", NOW),
        "put_off": housekeeping.PutOff(attempt, Phase.WAITING, NOW),
        "dispatching": housekeeping.Dispatching(attempt, NOW),
        "claimed": life.Claimed(attempt, "job-1", "run-2", NOW),
        "progressed": life.Progressed(attempt, 0.5, NOW),
        "completed": life.Completed(attempt, (FILE,), {}, now=NOW),
        "failed": life.Failed(attempt, ErrorCode.EXPIRED, "Late.", now=NOW),
        "cancelled": life.Cancelled(now=NOW),
    }


NEXT = {
    (Status.QUEUED, "claimed"): Status.PROCESSING,
    (Status.QUEUED, "progressed"): Status.PROCESSING,
    (Status.QUEUED, "completed"): Status.COMPLETED,
    (Status.QUEUED, "failed"): Status.FAILED,
    (Status.QUEUED, "cancelled"): Status.CANCELLED,
    (Status.PROCESSING, "completed"): Status.COMPLETED,
    (Status.PROCESSING, "failed"): Status.FAILED,
    (Status.PROCESSING, "cancelled"): Status.CANCELLED,
}


@pytest.mark.parametrize("change", changes())
@pytest.mark.parametrize("status", STATES)
def test_each_change_leads_where_the_contract_says(status, change):
    after = changes()[change](records_in(status))
    assert after.generation.status is NEXT.get((status, change), status)


@pytest.mark.parametrize("change", changes())
@pytest.mark.parametrize("status", [s for s in STATES if s.terminal])
def test_a_terminal_document_stays_word_for_word(status, change):
    before = records_in(status)
    after = changes()[change](before)
    assert after.generation is before.generation
    assert after.quota is before.quota


@pytest.mark.parametrize("change", changes())
@pytest.mark.parametrize("status", STATES)
def test_a_second_time_nothing_happens(status, change):
    again = changes()[change]
    after = again(records_in(status))
    assert again(after) is after


@pytest.mark.parametrize("attempt", [1, 3])
@pytest.mark.parametrize("change", [name for name in changes() if name != "cancelled"])
@pytest.mark.parametrize("status", STATES)
def test_a_message_of_another_attempt_changes_nothing(status, change, attempt):
    before = records_in(status)
    assert changes(attempt)[change](before) is before


@pytest.mark.parametrize("change", changes())
def test_nothing_comes_of_a_generation_that_is_not_there(change):
    nothing = Records()
    assert changes()[change](nothing) is nothing


@pytest.mark.parametrize("change", ["completed", "failed", "cancelled"])
def test_every_end_is_dated_and_only_a_cancelled_one_keeps_its_place(change):
    after = changes()[change](records_in(Status.QUEUED))
    assert set(after.quota.leases) == ({"file-1:2"} if change == "cancelled" else set())
    assert after.generation.completed_at == after.generation.modified == NOW
    assert after.generation.progress is None


@pytest.mark.parametrize(
    ("code", "job", "used"),
    [
        (ErrorCode.REJECTED, {"runpod_job_id": None}, 4),
        (ErrorCode.REJECTED, {}, 5),  # by the content filter of the model that made it
        (ErrorCode.EXPIRED, {}, 4),
        (ErrorCode.EXPIRED, {"claim": "run-1"}, 5),
        (ErrorCode.STOPPED, {}, 4),
        (ErrorCode.STOPPED, {"claim": "run-1"}, 5),
        (ErrorCode.WORKER_ERROR, {}, 5),
        (ErrorCode.TIMED_OUT, {}, 5),
    ],
)
def test_only_what_never_ran_is_given_back_and_once(code, job, used):
    def end(records):
        return life.Failed(2, code, "Sorry.", now=NOW)(records)

    after = end(records_in(Status.QUEUED, **job))
    assert after.quota.used == used
    assert end(after).quota.used == used


def test_what_runpod_said_to_run_and_then_forgot_is_not_given_back():
    begun = life.Progressed(2, 0.0, NOW)(records_in(Status.QUEUED))
    after = life.Failed(2, ErrorCode.EXPIRED, "Sorry.", now=NOW)(begun)
    assert after.quota.used == 5


def test_one_run_claims_and_a_second_one_waits_until_it_is_silent():
    first = life.Claimed(2, "job-1", "run-1", NOW)(records_in(Status.QUEUED))
    soon = replace(first, read_at=NOW + life.CLAIM_STALE - timedelta(seconds=1))
    late = replace(first, read_at=NOW + life.CLAIM_STALE)

    assert first.held(2, "run-1")
    assert life.Claimed(2, "job-1", "run-2", NOW)(soon) is soon
    taken = life.Claimed(2, "job-1", "run-2", NOW)(late)
    assert taken.held(2, "run-2")
    assert not taken.held(2, "run-1")


@pytest.mark.parametrize("wrong", [timedelta(seconds=16), timedelta(hours=1), timedelta(days=-1)])
def test_a_worker_whose_clock_is_wrong_takes_no_live_claim(wrong):
    """Who is silent is told by the database's clock, which stamps what a live one writes."""
    first = life.Claimed(2, "job-1", "run-1", NOW)(records_in(Status.QUEUED))
    soon = replace(first, read_at=NOW + timedelta(seconds=1))
    assert life.Claimed(2, "job-1", "run-2", NOW + wrong)(soon) is soon
    unread = replace(first, read_at=None)
    assert life.Claimed(2, "job-1", "run-2", NOW + wrong)(unread) is unread


def test_a_run_of_another_runpod_job_never_takes_a_claim_over():
    first = life.Claimed(2, "job-1", "run-1", NOW)(records_in(Status.QUEUED))
    late = replace(first, read_at=NOW + timedelta(days=1))
    assert life.Claimed(2, "job-2", "run-2", NOW)(late) is late


def test_the_first_of_two_runpod_jobs_to_claim_is_the_one_and_the_other_is_stopped():
    after = life.Claimed(2, "job-2", "run-1", NOW)(records_in(Status.QUEUED))
    assert after.job.runpod_job_id == "job-2"
    assert after.job.leftovers == (RunpodJob("endpoint-images", "job-1"),)


def test_a_claim_tells_an_id_that_was_lost():
    before = records_in(Status.QUEUED, runpod_job_id=None, phase=Phase.UNKNOWN)
    after = life.Claimed(2, "job-5", "run-1", NOW)(before)
    assert (after.job.phase, after.job.runpod_job_id) == (Phase.SUBMITTED, "job-5")


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_run_that_lost_its_claim_ends_nothing(end):
    before = life.Claimed(2, "job-1", "run-1", NOW)(records_in(Status.QUEUED))
    ends = {
        "completed": lambda c: life.Completed(2, (FILE,), {}, now=NOW, claim=c)(before),
        "failed": lambda c: life.Failed(2, ErrorCode.WORKER_ERROR, "It broke.", now=NOW, claim=c)(
            before
        ),
    }
    assert ends[end]("run-0") is before
    assert ends[end]("run-1").generation.status.terminal


def test_progress_never_goes_back():
    records = records_in(Status.PROCESSING)
    for told, shown in ((0.5, 0.5), (0.2, 0.5), (7.0, 1.0)):
        records = life.Progressed(2, told, NOW, claim="run-1")(records)
        assert records.generation.progress == shown


def test_how_it_looks_stays_until_something_newer_comes_and_goes_with_the_end():
    begun = records_in(Status.PROCESSING)
    shown = life.Progressed(2, 0.3, NOW, preview=PREVIEW, claim="run-1")(begun)
    for told in (None, 0.5):
        later = life.Progressed(2, told or 0.4, NOW, claim="run-1" if told else None)(shown)
        assert later.generation.preview == PREVIEW
    assert life.Claimed(2, "job-1", "run-1", NOW)(shown).generation.preview == PREVIEW
    silent = replace(shown, read_at=NOW + life.CLAIM_STALE)
    assert life.Claimed(2, "job-1", "run-2", NOW)(silent).generation.preview is None
    for end in ("completed", "failed", "cancelled"):
        over = changes()[end](shown).generation
        assert (over.status.terminal, over.preview) == (True, None)


def test_an_id_that_comes_after_the_end_is_remembered_so_that_the_job_is_stopped():
    queued = records_in(Status.QUEUED, runpod_job_id=None)
    over = life.Cancelled(now=NOW)(queued)
    after = housekeeping.Submitted(2, "job-8", NOW)(over)
    assert (after.job.phase, after.job.runpod_job_id) == (Phase.STOPPING, "job-8")


def test_a_retry_keeps_the_old_runpod_job_in_mind():
    over = life.Cancelled(now=NOW)(records_in(Status.PROCESSING))
    again = replace(make_generation(), attempt=3)
    after = life.Accepted(again, make_job(again, runpod_job_id=None))(over)
    assert after.job.leftovers == (RunpodJob("endpoint-images", "job-1"),)


def test_a_refused_job_leaves_nothing_behind():
    after = life.Failed(2, ErrorCode.REJECTED, "No.", now=NOW)(
        records_in(Status.QUEUED, runpod_job_id=None)
    )
    assert after.job is None


def test_a_job_in_the_middle_of_nothing_is_cleared_only_when_it_stops():
    running = records_in(Status.PROCESSING)
    assert housekeeping.Cleared(2)(running) is running
    over = life.Cancelled(now=NOW)(running)
    assert housekeeping.Cleared(2)(over).job is None
