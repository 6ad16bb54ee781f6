"""What is over, stopped or another run's is not made, and leaves nothing."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firepod.domain import life
from firepod.domain.generation import ErrorCode, Status
from tests.fakes.values import START
from tests.worker.jobs import PATH, REF, document, work
from worker.run import NOT_OURS, run_job


@pytest.mark.parametrize(
    "end",
    [
        life.Cancelled(now=START),
        life.Failed(1, ErrorCode.EXPIRED, "Late.", now=START),
        life.Claimed(1, "job-2", "run-2", START),
    ],
)
def test_what_is_over_or_anothers_is_never_made(make_worker, queued, end):
    worker, job = make_worker(), queued()
    worker.backend.store.transition(REF, end)
    before = document(worker)

    assert work(worker, job)["stopped"] == NOT_OURS
    assert worker.engine.runs == []
    assert document(worker) == before


def test_a_second_run_of_the_same_job_waits_until_the_first_has_ended(make_worker, queued):
    first, second, job = make_worker(), make_worker(), queued()
    running, go_on = threading.Event(), threading.Event()

    def during(_step):
        running.set()
        assert go_on.wait(20)

    first.engine.during = during

    async def both():
        one = asyncio.ensure_future(run_job(job, first.around))
        await asyncio.to_thread(running.wait, 20)
        two = asyncio.ensure_future(run_job(job, second.around))
        reads = first.backend.store.reads
        while first.backend.store.reads == reads:  # noqa: ASYNC110 (a thread reads)
            await asyncio.sleep(0.01)
        go_on.set()
        return await asyncio.gather(one, two)

    # The worker's clock is real: what it wrote just now is its sign of life.
    answers = asyncio.run(both())

    assert "image_url" in answers[0]
    assert answers[1]["stopped"] == NOT_OURS
    assert second.engine.runs == []


def test_a_cancel_while_the_engine_works_stops_it(make_worker, queued):
    worker, job = make_worker(), queued()
    stopped = threading.Event()

    def during(step):
        worker.backend.store.transition(REF, life.Cancelled(now=START))
        deadline = time.monotonic() + 20
        try:
            while time.monotonic() < deadline:
                step(0.5)
                time.sleep(0.01)
        finally:
            stopped.set()

    worker.engine.during = during
    assert work(worker, job)["stopped"] == NOT_OURS
    assert stopped.is_set()
    assert document(worker).status is Status.CANCELLED
    assert worker.backend.storage.files == {}


def test_a_cancel_during_the_upload_leaves_no_file(make_worker, queued):
    worker, job = make_worker(), queued(num_images=2)
    put_file = worker.backend.storage.put_file

    def cancelling(*args, **more):
        worker.backend.store.transition(REF, life.Cancelled(now=START))
        return put_file(*args, **more)

    worker.backend.storage.__dict__["put_file"] = cancelling
    assert work(worker, job)["stopped"] == NOT_OURS
    assert document(worker).status is Status.CANCELLED
    assert worker.backend.storage.files == {}


def test_a_run_that_was_taken_over_leaves_the_files_to_the_other(make_worker, queued):
    worker, job = make_worker(), queued()
    put_file = worker.backend.storage.put_file

    def overtaken(*args, **more):
        stored = put_file(*args, **more)
        store = worker.backend.store
        store.keep(replace(store.find_job("file-1"), claim="run-2"))
        return stored

    worker.backend.storage.__dict__["put_file"] = overtaken
    assert work(worker, job)["stopped"] == NOT_OURS
    assert document(worker).status is Status.PROCESSING
    assert set(worker.backend.storage.files) == {PATH}


@pytest.mark.parametrize("place", ["engine", "upload"])
def test_however_often_runpod_stops_a_job_its_folder_stays_until_its_thread_has_ended(
    make_worker, queued, place
):
    worker, job = make_worker(), queued()
    running, go_on = threading.Event(), threading.Event()
    there = []

    def seen(file):
        running.set()
        assert go_on.wait(20)
        there.append(file.parent.exists())

    put_file, run = worker.backend.storage.put_file, worker.engine.run

    def uploading(output, filename, **more):
        seen(Path(filename))
        return put_file(output, filename, **more)

    def working(task_type, request, inputs, workdir, step):
        seen(workdir / "picture.png")
        return run(task_type, request, inputs, workdir, step)

    if place == "upload":
        worker.backend.storage.__dict__["put_file"] = uploading
    else:
        worker.engine.run = working

    async def stop():
        run = asyncio.ensure_future(run_job(job, worker.around))
        await asyncio.to_thread(running.wait, 20)
        for _ in range(3):
            run.cancel()
            await asyncio.sleep(0)  # it hears of this one before the next
            await asyncio.sleep(0)
        assert not run.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(stop())
    assert there == [True]


def test_runpods_stop_reaches_the_engine(make_worker, queued):
    worker, job = make_worker(), queued()
    running, stopped = threading.Event(), threading.Event()

    def during(step):
        running.set()
        try:
            while True:
                step(0.1)
                time.sleep(0.01)
        finally:
            stopped.set()

    worker.engine.during = during

    async def stop():
        run = asyncio.ensure_future(run_job(job, worker.around))
        await asyncio.to_thread(running.wait, 20)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(stop())
    assert stopped.is_set()
