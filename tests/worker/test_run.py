"""One job from input to answer, in each way of delivery, with everything that can go wrong."""

import asyncio
import base64
import tempfile
import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from google.api_core.exceptions import ServiceUnavailable

from firepod.domain import life
from firepod.domain.generation import ErrorCode, MediaType, Status
from tests.fakes.requests import ALL, recorded
from tests.fakes.values import MP4, PNG, START, make_generation
from worker.engines.interface import EngineError, ModelUnavailable, OutOfMemory
from worker.patience import INLINE_BYTES
from worker.run import FAILED, NOT_OURS, run_job

REF = make_generation().ref
PATH = "generating/ann/image/file-1.png"


def work(worker, job):
    return asyncio.run(run_job(job, worker.around))


def document(worker):
    return worker.backend.store.find(REF)


def test_with_firebase_the_worker_completes_the_document_and_answers_with_urls(make_worker, queued):
    worker = make_worker()
    answer = work(worker, queued(num_images=2))

    done = document(worker)
    assert done.status is Status.COMPLETED
    assert done.generation_data["image_urls"] == answer["images"]
    assert answer["image_url"] == answer["images"][0]
    assert [
        worker.backend.storage.files[f["path"]].owner for f in done.generation_data["files"]
    ] == [
        "ann",
        "ann",
    ]
    assert worker.backend.store.jobs == {}
    assert worker.backend.store.quotas["quotas/ann"].leases == {}


@pytest.mark.parametrize("missing", [0, 1])
def test_what_a_job_wrote_on_the_workers_disk_goes_with_it(
    make_worker, queued, monkeypatch, tmp_path, missing
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    worker = make_worker()
    worker.engine.missing = missing
    worker.engine.during = lambda _step: seen.extend(tmp_path.iterdir())
    seen = []

    work(worker, queued())

    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_go_costs_nobody_what_was_made(
    make_worker, queued, monkeypatch, tmp_path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    worker = make_worker(firebase=False)

    def during(_step):
        (folder,) = tmp_path.iterdir()
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")  # a link is not followed to be removed

    worker.engine.during = during
    assert base64.b64decode(work(worker, queued())["images"][0]) == PNG


def test_without_firebase_the_answer_carries_the_media(make_worker, queued):
    worker = make_worker(firebase=False)
    answer = work(worker, queued("text2video"))

    assert base64.b64decode(answer["video"]) == MP4
    assert worker.backend.storage.files == {}


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


@pytest.mark.parametrize("firebase", [True, False])
def test_an_engines_own_sentence_is_told(make_worker, queued, firebase):
    worker = make_worker(firebase=firebase)

    def during(_step):
        raise EngineError("The recording is too short.")

    worker.engine.during = during
    assert work(worker, queued()) == {"error": "The recording is too short."}
    if firebase:
        assert document(worker).error == "The recording is too short."
        assert document(worker).error_code is ErrorCode.WORKER_ERROR


@pytest.mark.parametrize("firebase", [True, False])
@pytest.mark.parametrize("fault", [OutOfMemory, ModelUnavailable])
def test_what_is_wrong_with_the_worker_is_told_by_its_code_and_a_new_one_takes_over(
    make_worker, queued, firebase, fault
):
    worker = make_worker(firebase=firebase)

    def during(_step):
        raise fault("Ask for a smaller picture.")

    worker.engine.during = during
    assert work(worker, queued()) == {
        "error": "Ask for a smaller picture.",
        "error_code": fault.code,
        "refresh_worker": True,
    }
    if firebase:
        assert document(worker).error == "Ask for a smaller picture."
        assert document(worker).error_code == fault.code


def test_a_crash_of_the_engine_says_nothing_of_its_inside(make_worker, queued):
    worker = make_worker()

    def during(_step):
        raise RuntimeError("prompt 'a lighthouse' broke gpu-7.internal")

    worker.engine.during = during
    assert work(worker, queued()) == {"error": FAILED}
    assert document(worker).error == FAILED
    assert "lighthouse" not in str(worker.logged)
    assert "RuntimeError" in str(worker.logged)


def test_a_wrong_number_of_files_is_no_result(make_worker, queued):
    worker = make_worker()
    worker.engine.missing = 1
    assert work(worker, queued(num_images=2)) == {"error": FAILED}
    assert document(worker).error_code is ErrorCode.OUTPUT_INVALID
    assert worker.backend.storage.files == {}


def test_when_firebase_is_out_of_reach_from_the_start_the_answer_carries_the_media(
    make_worker, queued
):
    worker, job = make_worker(), queued()

    def unreachable(*_args, **_more):
        raise ServiceUnavailable("no")

    worker.backend.store.__dict__["transition"] = unreachable
    assert base64.b64decode(work(worker, job)["images"][0]) == PNG
    assert "ServiceUnavailable" in str(worker.logged)


def test_when_storage_fails_the_answer_carries_the_media(make_worker, queued):
    worker, job = make_worker(), queued()
    tries = []

    def broken(*_args, **_more):
        tries.append(1)
        raise ServiceUnavailable("no")

    worker.backend.storage.__dict__["put_file"] = broken
    assert base64.b64decode(work(worker, job)["images"][0]) == PNG
    assert len(tries) == 3
    assert document(worker).status is Status.PROCESSING


TOO_LARGE = "without Storage this worker returns at most 15 MB. Ask for less, or for a smaller"


def test_what_is_too_large_for_an_answer_is_refused_with_a_sentence(make_worker, queued):
    worker = make_worker(firebase=False)
    worker.engine.size = INLINE_BYTES + 1
    assert TOO_LARGE in work(worker, queued())["error"]

    worker.engine.size = INLINE_BYTES
    assert len(base64.b64decode(work(worker, queued())["images"][0])) == INLINE_BYTES


def test_when_a_large_result_cannot_be_stored_what_is_in_storage_decides(make_worker, queued):
    worker, job = make_worker(), queued()
    worker.engine.size = INLINE_BYTES + 1

    def broken(*_args, **_more):
        raise ServiceUnavailable("no")

    worker.backend.storage.__dict__["put_file"] = broken
    assert TOO_LARGE in work(worker, job)["error"]
    assert document(worker).status is Status.PROCESSING


def test_when_the_last_write_is_not_confirmed_the_files_stay(make_worker, queued):
    """It may have been written: then deleting them would leave a document without files."""
    worker, job = make_worker(), queued()
    transition = worker.backend.store.transition

    def unconfirmed(ref, change, **more):
        done = transition(ref, change, **more)
        if done.applied and done.after.generation.status is Status.COMPLETED:
            raise ServiceUnavailable("the answer was lost")
        return done

    worker.backend.store.__dict__["transition"] = unconfirmed
    assert "images" in work(worker, job)
    assert document(worker).status is Status.COMPLETED
    assert set(worker.backend.storage.files) == {PATH}


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


def test_progress_is_written_at_most_once_a_second(make_worker, queued):
    worker, job = make_worker(), queued()
    seen, transition = [], worker.backend.store.transition

    def watched(ref, change, **more):
        done = transition(ref, change, **more)
        seen.append((time.monotonic(), done.after.generation.progress))
        return done

    worker.backend.store.__dict__["transition"] = watched

    def during(step):
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < 2.5:
            step(passed / 10)
            time.sleep(0.01)

    worker.engine.during = during
    work(worker, job)

    reports = [one for one in seen if one[1] not in {None, 0.0}]
    assert 1 <= len(reports) <= 3
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(reports)]
    assert all(gap > 0.9 for gap in gaps)


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"input": None},
        {"input": []},
        {"input": {"task_type": "nothing"}},
        {"input": {"prompt": ""}},
        {"input": {"prompt": "x", "steps": 0}},
        {"input": {"prompt": "x", "unknown": 1}},
    ],
)
def test_what_is_no_task_is_an_error_in_words(make_worker, job):
    worker = make_worker()
    answer = work(worker, {"id": "job-1", **job})
    assert set(answer) == {"error"}
    assert worker.engine.runs == []


def test_a_request_without_a_backend_gets_its_media_back(make_worker):
    worker = make_worker()
    answer = work(worker, {"id": "job-1", "input": {"prompt": "a boat"}})
    assert base64.b64decode(answer["images"][0]) == PNG
    assert answer["task_type"] == "text2img"
    assert worker.backend.store.values == {}


def test_the_output_of_a_voice_is_a_sample_and_a_profile(make_worker, queued, backend):
    backend.storage.keep("uploads/ann/me.wav", b"recording", "audio/wav")
    worker = make_worker()
    answer = work(worker, queued("voice_clone"))
    assert answer["metadata"]["shared_access"] is True
    assert set(answer["metadata"]["firebase_urls"]) == {"sample_url", "profile_url"}
    assert worker.engine.runs[0][2] == {"audio": b"recording"}
    done = worker.backend.store.find(make_generation("voice_clone").ref)
    assert done.media_type is MediaType.VOICES
    assert done.status is Status.COMPLETED


@pytest.mark.parametrize("named", [True, False], ids=["with task_type", "without"])
@pytest.mark.parametrize(("task", "_media_type", "asked"), ALL)
def test_a_request_of_another_workers_client_is_made_when_it_is_sent_directly(
    make_worker, task, _media_type, asked, named
):
    worker = make_worker(firebase=False)
    own = {"task_type": task} if named else {}
    answer = work(worker, {"id": "job-1", "input": {**own, **asked}})

    assert "error" not in answer
    ((made, request, _inputs),) = worker.engine.runs
    assert made == task
    assert request.items() >= recorded(asked).items()
    assert request["seed"] >= 0
