"""A worker without credentials never does what another does: over HTTP, on the deployed webhook."""

import asyncio
import base64
import threading
import time
from dataclasses import replace

import pytest

from firepod.domain import life
from firepod.domain.generation import Status
from tests.fakes.values import PNG, START
from tests.worker.jobs import REF, work
from tests.worker.service import serving
from worker.run import NOT_OURS, run_job


@pytest.fixture
def service(backend):
    with serving(backend) as running:
        yield running


@pytest.fixture
def worker(make_worker):
    return make_worker(firebase=False)


@pytest.fixture
def hasty(make_worker):
    """It gives a claim up after a moment; what it decides then is the same."""
    return make_worker(firebase=False, claim_seconds=0.3)


def end(backend, change):
    backend.store.transition(REF, change)


def working_until(done):
    """An engine that works until `done()`, or is stopped."""

    def during(step):
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline
            step(0.5)
            time.sleep(0.01)

    return during


def test_it_claims_before_the_engine_runs_and_asks_before_it_delivers(worker, queued, service):
    seen = []
    worker.engine.during = lambda _step: seen.append(worker.backend.store.find(REF).status)

    answer = work(worker, queued(job_url=service.job_url))

    assert base64.b64decode(answer["images"][0]) == PNG
    assert seen == [Status.PROCESSING]
    assert service.asked == ["claim", "progress"]


def test_its_progress_stands_in_the_document_while_it_works(worker, queued, service):
    backend = worker.backend
    backend.clock.advance(5)

    def told():
        backend.clock.advance(0.1)  # Firestore's clock, by which a second passes
        return (backend.store.find(REF).progress or 0) >= 0.5

    worker.engine.during = working_until(told)
    work(worker, queued(job_url=service.job_url))
    assert told()
    assert worker.told[0] == 0.5  # and RunPod is told, whose word a look asks for


@pytest.mark.parametrize(
    "change",
    [
        life.Cancelled(now=START),
        lambda r: life.Discarded(r.job, now=START)(r),
        life.Claimed(1, "job-2", "run-2", START),
        lambda r: replace(r, generation=replace(r.generation, attempt=2)),
    ],
    ids=["cancelled", "discarded", "another RunPod job's", "of an older attempt"],
)
def test_what_is_over_or_anothers_is_never_made(worker, queued, service, change):
    job = queued(job_url=service.job_url)
    end(worker.backend, change)
    assert work(worker, job)["stopped"] == NOT_OURS
    assert worker.engine.runs == []


def test_a_cancel_stops_the_engine_within_seconds(worker, queued, service):
    cancelled_at = []

    def cancelled():
        if not cancelled_at:
            end(worker.backend, life.Cancelled(now=START))
            cancelled_at.append(time.monotonic())
        return False

    worker.engine.during = working_until(cancelled)
    answer = work(worker, queued(job_url=service.job_url))
    assert answer["stopped"] == NOT_OURS
    assert time.monotonic() - cancelled_at[0] < 5


@pytest.mark.parametrize("upload", [True, False])
def test_nothing_is_handed_over_of_what_was_cancelled_at_the_last_moment(
    worker, queued, service, upload
):
    worker.engine.during = lambda _step: end(worker.backend, life.Cancelled(now=START))
    # Nobody listens at the upload URL: were it used, the answer would carry the media instead.
    urls = ["http://127.0.0.1:9/upload"] if upload else None
    answer = work(worker, queued(job_url=service.job_url, upload_urls=urls))
    assert answer["stopped"] == NOT_OURS


def test_of_two_runs_of_one_job_the_second_waits_and_makes_nothing(make_worker, queued, service):
    first, second = make_worker(firebase=False), make_worker(firebase=False)
    job, running = queued(job_url=service.job_url), threading.Event()
    go_on = threading.Event()

    def during(_step):
        running.set()
        assert go_on.wait(20)

    first.engine.during = during

    async def both():
        one = asyncio.ensure_future(run_job(job, first.around))
        await asyncio.to_thread(running.wait, 20)
        two = asyncio.ensure_future(run_job(job, second.around))
        while service.asked.count("claim") < 2:  # noqa: ASYNC110 (a thread of the server's)
            await asyncio.sleep(0.01)
        go_on.set()
        answer = await one
        # RunPod's callback, which a backend has looked at by now.
        end(first.backend, life.Completed(1, (), {}, now=START))
        return answer, await two

    answers = asyncio.run(both())

    assert base64.b64decode(answers[0]["images"][0]) == PNG
    assert answers[1]["stopped"] == NOT_OURS
    assert second.engine.runs == []


def test_a_run_that_waits_is_ended_by_runpods_stop(worker, queued, service):
    job = queued(job_url=service.job_url)
    end(worker.backend, life.Claimed(1, "job-1", "run-1", START))

    async def stop():
        run = asyncio.ensure_future(run_job(job, worker.around))
        while "claim" not in service.asked:  # noqa: ASYNC110 (a thread of the server's)
            await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(stop())
    worker.backend.clock.advance(60)
    assert worker.backend.store.find_job("file-1").claim == "run-1"
    assert worker.engine.runs == []


def test_a_moment_without_an_answer_costs_nothing(worker, queued, service):
    service.away = 2
    assert "images" in work(worker, queued(job_url=service.job_url))
    assert service.asked == ["claim", "claim", "claim", "progress"]
    assert worker.backend.store.find_job("file-1").claim is not None


@pytest.mark.parametrize("broken", [503, 500, 429, 302, 200, 404, 401])
def test_where_nobody_answers_it_goes_on_without_a_claim(hasty, queued, service, broken):
    service.away, service.broken = float("inf"), broken
    answer = work(hasty, queued(job_url=service.job_url))
    assert base64.b64decode(answer["images"][0]) == PNG
    assert "without a claim" in str(hasty.logged)


def test_with_nobody_at_the_url_it_goes_on_and_tells_nobody_the_url(hasty, queued):
    answer = work(hasty, queued(job_url="http://127.0.0.1:9/runpodwebhook/k1.secret.mac"))
    assert base64.b64decode(answer["images"][0]) == PNG
    assert "secret" not in str(hasty.logged) + str(answer)


def test_a_claim_that_came_too_late_is_made_at_the_next_report(hasty, queued, service):
    service.away, service.broken = float("inf"), 404
    backend = hasty.backend

    def claimed():
        service.away = 0
        return backend.store.find_job("file-1").claim is not None

    hasty.engine.during = working_until(claimed)
    assert "images" in work(hasty, queued(job_url=service.job_url))
    assert backend.store.find(REF).status is Status.PROCESSING


def test_who_was_told_to_wait_never_goes_on_unasked(hasty, queued, service):
    job = queued(job_url=service.job_url)
    end(hasty.backend, life.Claimed(1, "job-1", "run-1", START))

    async def wait():
        run = asyncio.ensure_future(run_job(job, hasty.around))
        while not service.asked:  # noqa: ASYNC110 (a thread of the server's)
            await asyncio.sleep(0.01)
        service.away = 4
        while service.asked.count("claim") < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert hasty.engine.runs == []
        end(hasty.backend, life.Cancelled(now=START))
        return await run

    assert asyncio.run(wait())["stopped"] == NOT_OURS
    assert hasty.engine.runs == []


def test_when_firestore_is_out_of_reach_the_claim_goes_by_the_url(make_worker, queued, service):
    worker = make_worker()
    transition = worker.backend.store.transition

    def unreachable(*_args, **_more):
        worker.backend.store.__dict__["transition"] = transition
        raise ConnectionError("no route from this worker")

    worker.backend.store.__dict__["transition"] = unreachable
    assert "images" in work(worker, queued(job_url=service.job_url))
    assert service.asked == ["claim", "progress"]


def test_without_a_url_it_works_as_before(worker, queued):
    assert "images" in work(worker, queued())
