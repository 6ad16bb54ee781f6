"""Queue, workers, deadlines and totals of an endpoint under a clock that the test moves."""

import pytest

from local.runpod.endpoint import Endpoint
from local.runpod.errors import JobNotFound
from local.runpod.settings import Settings
from local.runpod.submission import parse_job

SETTINGS = Settings()


@pytest.fixture
def events():
    return []


@pytest.fixture
def endpoint(clock, events):
    return Endpoint("ep", SETTINGS, clock, lambda event, job: events.append((event, job.id)))


@pytest.fixture
def submit(endpoint, clock):
    def submit(*, wait=None, runs=True, **policy):
        body = {"input": {"n": 1}, "policy": policy}
        job = parse_job(body, endpoint_id="ep", wait=wait, settings=SETTINGS, now=clock())
        return endpoint.submit(job, runs=runs).id

    return submit


def test_jobs_are_handed_out_oldest_first_and_once(endpoint, submit):
    first, second, third = submit(), submit(), submit()

    assert [job.id for job in endpoint.take("w1", 2)] == [first, second]
    assert [job.id for job in endpoint.take("w2", 2)] == [third]
    assert endpoint.take("w1") == []


def test_a_queued_job_that_was_cancelled_is_not_handed_out(endpoint, submit):
    endpoint.cancel(submit())

    assert endpoint.take("w1") == []
    assert endpoint.stops("w1") == []


def test_cancelling_a_running_job_tells_its_worker_once(endpoint, submit):
    job_id = submit()
    endpoint.take("w1")
    endpoint.cancel(job_id)

    assert endpoint.stops("w2") == []
    assert endpoint.stops("w1") == [job_id]
    assert endpoint.stops("w1") == []
    assert endpoint.finish("w1", job_id, {"output": 1}) is False
    assert endpoint.job(job_id).status == "CANCELLED"


def test_a_stop_is_repeated_while_the_worker_says_that_it_runs_the_job(endpoint, submit):
    cancelled, running = submit(), submit()
    endpoint.take("w1", 2)
    endpoint.cancel(cancelled)
    endpoint.stops("w1")
    endpoint.ping("w1", [cancelled, running])
    endpoint.ping("w1", [cancelled, running])

    assert endpoint.stops("w1") == [cancelled]
    endpoint.ping("w1", [running])
    assert endpoint.stops("w1") == []


def test_the_ttl_deletes_a_job_even_while_it_runs(endpoint, submit, clock):
    running, queued = submit(ttl=20_000), submit(ttl=20_000)
    endpoint.take("w1")
    clock.now += 20
    for job_id in (running, queued):
        with pytest.raises(JobNotFound):
            endpoint.job(job_id)
    endpoint.tick()

    assert endpoint.jobs == {}
    assert endpoint.stops("w1") == [running]


def test_the_execution_timeout_ends_a_job_and_stops_it_at_its_worker(endpoint, submit, clock):
    job_id = submit(executionTimeout=5000)
    clock.now += 100
    endpoint.take("w1")
    clock.now += 5
    endpoint.tick()

    assert endpoint.job(job_id).status == "TIMED_OUT"
    assert endpoint.stops("w1") == [job_id]


@pytest.mark.parametrize(
    ("wait", "kept"), [(None, 1800), (90.0, 90), (1.0, 60), (300.0, 300)], ids=str
)
def test_results_are_kept_as_long_as_the_way_of_submitting_says(
    endpoint, submit, clock, wait, kept
):
    job_id = submit(wait=wait)
    endpoint.take("w1")
    endpoint.finish("w1", job_id, {"output": 1})
    clock.now += kept - 0.1
    endpoint.tick()
    assert endpoint.job(job_id).outcome == {"output": 1}
    clock.now += 0.1
    endpoint.tick()

    assert job_id not in endpoint.jobs


def test_a_job_of_a_lost_worker_goes_to_the_head_of_the_queue_and_counts_as_retried(
    endpoint, submit
):
    first, second = submit(), submit()
    endpoint.take("w1")
    endpoint.lose("w1")

    assert endpoint.health()["jobs"]["retried"] == 1
    assert [job.id for job in endpoint.take("w2", 2)] == [first, second]


def test_a_worker_that_is_silent_for_too_long_is_lost(endpoint, submit, clock):
    job_id = submit()
    endpoint.take("w1")
    clock.now += SETTINGS.worker_silence / 2
    endpoint.hear("w1")
    clock.now += SETTINGS.worker_silence / 2
    endpoint.tick()
    assert endpoint.job(job_id).status == "IN_PROGRESS"
    clock.now += SETTINGS.worker_silence / 2
    endpoint.tick()

    assert endpoint.job(job_id).status == "IN_QUEUE"


def test_a_draining_worker_gets_no_further_job(endpoint, submit):
    endpoint.hear("w1")
    endpoint.drain("w1")
    submit()

    assert endpoint.take("w1") == []
    assert len(endpoint.take("w2")) == 1


def test_a_purge_cancels_queued_jobs_only(endpoint, submit):
    running = submit()
    endpoint.take("w1")
    submit()
    submit()

    assert endpoint.purge() == 2
    assert endpoint.job(running).status == "IN_PROGRESS"


def test_health_counts_jobs_and_workers(endpoint, submit):
    for result in ({"output": 1}, {"error": "bad"}):
        job_id = submit()
        endpoint.take("w1")
        endpoint.finish("w1", job_id, result)
    submit()
    endpoint.take("w1")
    submit()
    endpoint.hear("w2")

    assert endpoint.health() == {
        "jobs": {"completed": 1, "failed": 1, "inProgress": 1, "inQueue": 1, "retried": 0},
        "workers": {
            "idle": 1,
            "initializing": 0,
            "ready": 1,
            "running": 1,
            "throttled": 0,
            "unhealthy": 0,
        },
    }


def test_the_observer_hears_of_every_change_in_order(endpoint, submit, events):
    job_id = submit()
    endpoint.take("w1")
    endpoint.progress("w1", job_id, 0.5)
    endpoint.finish("w1", job_id, {"error": "bad"})
    endpoint.progress("w1", job_id, 0.9)
    endpoint.retry(job_id)

    names = [name for name, _ in events]
    assert names == ["submitted", "taken", "progressed", "returned", "retried"]
