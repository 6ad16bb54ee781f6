"""The pure state machine of one job."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.runpod.errors import NotRetriable
from local.runpod.jobs import Job, Status, status_document, webhook_body


def make_job(**overrides: Any) -> Job:
    return Job(
        **{
            "id": "j1",
            "endpoint_id": "ep",
            "input": {"order": "f1"},
            "webhook": "https://example.org/hook",
            "execution_timeout": 600.0,
            "ttl": 3600.0,
            "retention": 1800.0,
            "submitted_at": 100.0,
            "expires_at": 3700.0,
            **overrides,
        }
    )


def test_a_completed_job_shows_both_times_in_milliseconds_its_output_and_its_worker():
    job = make_job().taken("w1", 100.5).returned("w1", {"output": {"a": 1}}, 102.25)

    assert status_document(job) == {
        "id": "j1",
        "status": "COMPLETED",
        "delayTime": 500,
        "executionTime": 1750,
        "output": {"a": 1},
        "workerId": "w1",
    }


def test_the_callback_echoes_input_and_webhook_and_does_not_name_the_worker():
    job = make_job().taken("w1", 101.0).returned("w1", {"error": "bad"}, 102.0)

    assert webhook_body(job) == {
        "id": "j1",
        "status": "FAILED",
        "delayTime": 1000,
        "executionTime": 1000,
        "input": {"order": "f1"},
        "webhook": "https://example.org/hook",
        "error": "bad",
    }


def test_a_queued_job_shows_its_id_and_status_only():
    assert status_document(make_job()) == {"id": "j1", "status": "IN_QUEUE"}


def test_progress_is_the_output_while_the_job_runs_and_gone_when_it_has_failed():
    running = make_job().taken("w1", 101.0).progressed("w1", {"progress": 0.5})
    failed = running.returned("w1", {"error": "bad"}, 102.0)

    assert status_document(running)["output"] == {"progress": 0.5}
    assert "output" not in status_document(failed)


def test_an_empty_result_is_completed_without_output():
    job = make_job().taken("w1", 101.0).returned("w1", {}, 102.0)

    assert job.status is Status.COMPLETED
    assert "output" not in status_document(job)


def test_output_and_error_together_are_failed_with_both():
    job = make_job().taken("w1", 101.0).returned("w1", {"output": {"a": 1}, "error": "bad"}, 102.0)

    assert (job.status, job.outcome) == (Status.FAILED, {"output": {"a": 1}, "error": "bad"})


def test_messages_of_a_worker_that_does_not_have_the_job_change_nothing():
    job = make_job().taken("w1", 101.0)

    assert job.progressed("w2", 1) is job
    assert job.streamed("w2", 1) is job
    assert job.returned("w2", {"output": 1}, 102.0) is job
    assert job.taken("w2", 102.0) is job


def test_a_job_whose_worker_died_is_queued_again_once_and_then_fails():
    requeued = make_job().taken("w1", 101.0).progressed("w1", 0.5).orphaned(1, 102.0)
    failed = requeued.taken("w2", 103.0).orphaned(1, 104.0)

    assert (requeued.status, requeued.worker_id, dict(requeued.outcome)) == ("IN_QUEUE", None, {})
    assert failed.status is Status.FAILED
    assert failed.outcome["error"]


def test_a_retry_keeps_the_id_and_the_input_and_removes_the_outcome():
    failed = make_job().taken("w1", 101.0).returned("w1", {"error": "bad"}, 102.0)

    assert failed.retried(200.0) == make_job(submitted_at=200.0, expires_at=3800.0)


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "CANCELLED"])
def test_only_failed_and_timed_out_jobs_can_be_retried(status):
    with pytest.raises(NotRetriable):
        make_job(status=Status(status)).retried(200.0)


def test_a_finished_job_is_kept_for_its_retention_but_not_beyond_its_ttl():
    short = make_job().taken("w1", 101.0).returned("w1", {}, 102.0)
    late = make_job().taken("w1", 101.0).returned("w1", {}, 3600.0)

    assert (short.is_gone(1901.9), short.is_gone(1902.0)) == (False, True)
    assert (late.is_gone(3699.9), late.is_gone(3700.0)) == (False, True)


def test_the_execution_timeout_counts_from_the_start_not_from_the_submit():
    job = make_job(execution_timeout=10.0)

    assert not job.is_overdue(1000.0)
    assert not job.taken("w1", 1000.0).is_overdue(1009.9)
    assert job.taken("w1", 1000.0).is_overdue(1010.0)


STEPS = {
    "taken": lambda job: job.taken("w1", 1.0),
    "progressed": lambda job: job.progressed("w1", 0.5),
    "streamed": lambda job: job.streamed("w1", "chunk"),
    "returned": lambda job: job.returned("w1", {"output": 1}, 2.0),
    "failed": lambda job: job.returned("w1", {"error": "bad"}, 2.0),
    "cancelled": lambda job: job.cancelled(2.0),
    "timed out": lambda job: job.timed_out(2.0),
    "orphaned": lambda job: job.orphaned(1, 2.0),
}


@given(st.lists(st.sampled_from(sorted(STEPS))))
def test_a_final_job_never_changes_whatever_comes_later(names):
    job = make_job()
    for name in names:
        after = STEPS[name](job)
        if job.status.is_final:
            assert after is job
        job = after
