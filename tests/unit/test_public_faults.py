"""Jobs of public endpoints, and voices that are samples, when processes die and ports raise."""

import contextlib
from dataclasses import replace

import pytest

from firepod.domain.errors import FailedPrecondition, FirepodError
from firepod.domain.generation import ErrorCode, GenerationRef, MediaType, Status
from firepod.models.request import parse_request
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.cancel import cancel
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend
from tests.fakes.failpoints import Killed
from tests.fakes.gpu import Answer
from tests.fakes.values import PNG, WAV, make_generation, make_job

PICTURE = "https://image.runpod.ai/abc/1.png"
MAKES_IT = {"image_url": PICTURE, "cost": 0.0024}
STEPS = 40  # more than any of these calls has


@pytest.fixture
def backend():
    made = make_backend(endpoints={}, worker_delivery="upload_urls")
    made.links.there[PICTURE] = PNG
    return made


def start(backend, **fields):
    request, model = parse_request(backend.settings, fields)
    return submit(backend, "ann", request, model=model).ref


def minute(backend):
    """RunPod ends what it has, the bell rings, the queue works its tasks off."""
    for job_id, job in backend.gpu.jobs.items():
        if not job.status.ended:
            backend.gpu.end(job_id, "COMPLETED", MAKES_IT)
    backend.clock.advance(61)
    sweep(backend)
    for task in backend.queue.take():
        use_case = {"reconcile": reconcile, "dispatch": dispatch}[task.function]
        with contextlib.suppress(FirepodError):
            use_case(backend, task.payload["file_uid"])


def killed_at(backend, step, work):
    """Whether the process died in this work; None once there are no more steps."""
    backend.failpoints.kill_at(step)
    try:
        work()
    except Killed:
        return True
    finally:
        backend.failpoints.kill_at(None)
    return False


def only(backend):
    found = list(backend.store.generations.values())
    return found[0] if found else None


@pytest.mark.parametrize("step", range(STEPS))
def test_a_process_that_dies_while_it_starts_a_job_calls_run_once_at_most(backend, step):
    died = killed_at(
        backend, step, lambda: start(backend, task_type="text2img", prompt="a lighthouse")
    )
    for _ in range(8):
        minute(backend)
    assert len(backend.gpu.calls) <= 1
    found = only(backend)
    if found is None:
        assert died
        return
    known = found.status is Status.COMPLETED
    assert known or (died and found.error_code is ErrorCode.EXPIRED)
    assert backend.store.quota("ann").leases == {}
    assert backend.store.jobs == {}


@pytest.mark.parametrize("step", range(STEPS))
def test_a_process_that_dies_while_it_fetches_a_result_leaves_it_to_the_next_look(backend, step):
    ref = start(backend, task_type="text2img", prompt="a lighthouse")
    backend.gpu.end("job-1", "COMPLETED", MAKES_IT)
    killed_at(backend, step, lambda: reconcile(backend, ref.file_uid))
    for _ in range(3):
        minute(backend)
    done = backend.store.find(ref)
    assert done.status is Status.COMPLETED
    assert done.metrics["cost_usd"] == MAKES_IT["cost"]
    assert list(backend.storage.contents.values()) == [PNG]
    assert backend.store.jobs == {}


def a_voice_cancelled_in_the_middle(backend, step):
    """The voice whose process died there, cancelled before anybody looked; None if it did not."""
    audio = backend.storage.keep("uploads/ann/me.wav", WAV, "audio/wav").path
    killed_at(
        backend, step, lambda: start(backend, task_type="voice_clone", name="Ann", audio=audio)
    )
    found = only(backend)
    if found is None or found.status.terminal:
        return None
    cancel(backend, found.ref)
    backend.clock.advance(2)  # the names of samples hold the time
    return found.ref


@pytest.mark.parametrize("step", range(STEPS))
def test_a_voice_cancelled_in_the_middle_and_tried_again_has_one_sample(backend, step):
    ref = a_voice_cancelled_in_the_middle(backend, step)
    if ref is None:
        return
    retry(backend, ref)
    for _ in range(4):
        minute(backend)
    found = backend.store.find(ref)
    assert (found.status, found.attempt) == (Status.COMPLETED, 2)
    samples = [one for one in backend.storage.files if one.startswith("voices/")]
    assert samples == [one["path"] for one in found.generation_data["files"]]
    assert backend.store.jobs == {}


@pytest.mark.parametrize("step", range(STEPS))
def test_a_voice_cancelled_in_the_middle_gets_all_its_files_from_an_endpoint(backend, step):
    ref = a_voice_cancelled_in_the_middle(backend, step)
    if ref is None:
        return
    with_endpoint = replace(backend.settings, endpoints={"RUNPOD_VOICE_ENDPOINT_ID": "mine"})
    retry(replace(backend, settings=with_endpoint), ref)
    asked = [one["content_type"] for one in backend.gpu.calls[-1]["input"]["outputs"]]
    assert asked == ["audio/wav", "application/octet-stream"]


@pytest.mark.parametrize("step", range(STEPS))
def test_a_process_that_dies_while_it_keeps_a_voice_leaves_one_sample_of_it(backend, step):
    audio = backend.storage.keep("uploads/ann/me.wav", WAV, "audio/wav").path
    killed_at(
        backend, step, lambda: start(backend, task_type="voice_clone", name="Ann", audio=audio)
    )
    for _ in range(4):
        minute(backend)
    found = only(backend)
    if found is None:
        return
    assert found.status is Status.COMPLETED
    samples = [one for one in backend.storage.files if one.startswith("voices/")]
    assert samples == [one["path"] for one in found.generation_data["files"]]
    assert backend.gpu.calls == []
    assert backend.store.jobs == {}


def test_a_link_that_raises_anything_for_ever_ends_its_generation_soon_after_the_deadline(backend):
    ref = start(backend, task_type="text2img", prompt="a lighthouse")
    backend.gpu.end("job-1", "COMPLETED", MAKES_IT)
    backend.failpoints.break_port("links", RuntimeError("rpa_very_secret"))
    for _ in range(80):
        backend.clock.advance(61)
        sweep(backend)
        for task in backend.queue.take():
            with contextlib.suppress(Exception):
                reconcile(backend, task.payload["file_uid"])
    failed = backend.store.find(ref)
    assert (failed.status, failed.error_code) == (Status.FAILED, ErrorCode.STORAGE_FAILED)
    assert "secret" not in str(failed)
    assert backend.store.quota("ann").leases == {}


def test_a_voice_cancelled_while_storage_is_away_leaves_nothing(backend):
    audio = backend.storage.keep("uploads/ann/me.wav", WAV, "audio/wav").path
    backend.failpoints.break_port("storage.copy", ConnectionError())
    ref = start(backend, task_type="voice_clone", name="Ann", audio=audio)
    backend.failpoints.kill_at(None)
    cancel(backend, ref)
    for _ in range(3):
        minute(backend)
    assert backend.store.find(ref).status is Status.CANCELLED
    assert not any(one.startswith("voices/") for one in backend.storage.files)
    assert not any(one.startswith("gpu.") for one in backend.failpoints.reached)
    assert backend.store.jobs == {}
    assert backend.store.quota("ann").leases == {}


def test_a_job_that_runs_for_ever_is_over_at_its_deadline(backend):
    ref = start(backend, task_type="text2img", prompt="a lighthouse")
    backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
    backend.clock.advance(2 * 3600)
    reconcile(backend, ref.file_uid)
    failed = backend.store.find(GenerationRef("ann", MediaType.IMAGES, ref.file_uid))
    assert failed.error_code is ErrorCode.EXPIRED
    assert backend.store.quota("ann").used == 1


def test_a_start_picture_that_is_gone_when_its_job_is_sent_makes_no_picture_of_words_alone(backend):
    path = backend.storage.keep("uploads/ann/me.png", PNG, "image/png").path
    backend.gpu.answers.append(Answer.NOT_REACHED)
    ref = start(backend, task_type="img2img", prompt="in winter", init_image=path)
    del backend.storage.files[path]
    backend.queue.take()
    dispatch(backend, ref.file_uid)
    failed = backend.store.find(ref)
    assert failed.error_code is ErrorCode.REJECTED
    assert "no longer there" in failed.error
    assert len(backend.gpu.calls) == 1
    assert backend.store.quota("ann").used == 0


def test_a_voice_speaks_with_the_newest_sample_of_its_user_and_never_without_one(backend):
    audio = backend.storage.keep("uploads/ann/me.wav", WAV, "audio/wav").path
    ref = start(backend, task_type="voice_clone", name="Ann", audio=audio)
    folder = f"voices/{ref.file_uid}/samples/{ref.file_uid}_sample"
    newest = backend.storage.keep(f"{folder}_20270101_000000.wav", WAV, "audio/wav").path
    backend.storage.keep(f"{folder}_20280101_000000.wav", WAV, "audio/wav", owner="bob")
    spoken = {"task_type": "tts", "voice_id": ref.file_uid, "text": "Hello."}
    start(backend, **spoken)
    assert newest in backend.gpu.calls[-1]["input"]["voice_url"]
    for path in [one for one in backend.storage.files if "_sample_" in one and "2028" not in one]:
        del backend.storage.files[path]
    with pytest.raises(FailedPrecondition, match=r"The voice .* no longer there"):
        start(backend, **spoken)
    assert len(backend.gpu.calls) == 1


def test_what_was_never_to_be_made_at_an_endpoint_is_cleared_without_asking_runpod(backend):
    generation = make_generation(status=Status.CANCELLED)
    job = make_job(generation, endpoint_id="", runpod_job_id=None)
    backend.store.transition(
        job.ref, lambda records: replace(records, generation=generation, job=job)
    )
    assert len(backend.store.jobs) == 1
    reconcile(backend, job.file_uid)
    assert backend.store.jobs == {}
    assert not any(one.startswith("gpu.") for one in backend.failpoints.reached)
