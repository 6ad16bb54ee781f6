"""One job from its input to its answer, and what is told when its engine cannot make it."""

import base64
import tempfile
import time
from itertools import pairwise

import pytest

from firepod.domain.errors import WORKER_FAILED
from firepod.domain.generation import ErrorCode, MediaType, Status
from tests.fakes.requests import ALL, recorded
from tests.fakes.values import PNG, make_generation
from tests.worker.jobs import PATH, document, work
from worker.engines.interface import EngineError, ModelUnavailable, OutOfMemory


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
def test_a_worker_that_ends_a_document_says_what_its_run_has_cost(make_worker, queued, missing):
    worker, job = make_worker(), queued()
    worker.engine.missing = missing
    work(worker, job)
    assert document(worker).metrics.keys() == {"delay_ms", "execution_ms"}  # nobody told a price

    worker.backend.store.values.clear()
    job = queued()
    job["input"]["outputs"][0]["usd_per_second"] = "2.5"
    work(worker, job)
    metrics = document(worker).metrics
    assert metrics["cost_usd"] == pytest.approx(2.5 * metrics["execution_ms"] / 1000)


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
    assert work(worker, queued()) == {"error": WORKER_FAILED}
    assert document(worker).error == WORKER_FAILED
    assert "lighthouse" not in str(worker.logged)
    assert "RuntimeError" in str(worker.logged)


def test_a_wrong_number_of_files_is_no_result(make_worker, queued):
    worker = make_worker()
    worker.engine.missing = 1
    assert work(worker, queued(num_images=2)) == {"error": WORKER_FAILED}
    assert document(worker).error_code is ErrorCode.OUTPUT_INVALID
    assert worker.backend.storage.files == {}


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


def test_the_engine_is_told_the_format_that_the_outputs_name(make_worker, queued):
    job = queued()
    job["input"].pop("output_format", None)  # so the backend sends it, for older workers
    job["input"]["outputs"][0] |= {"path": PATH[:-3] + "webp", "content_type": "image/webp"}
    worker = make_worker()
    work(worker, job)
    assert worker.engine.runs[0][1]["output_format"] == "webp"


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
