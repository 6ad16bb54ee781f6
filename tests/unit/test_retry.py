"""What a retry keeps of the attempt before it."""

import pytest

from firepod.domain.generation import Status
from firepod.usecases.cancel import cancel
from firepod.usecases.retry import retry
from tests.fakes.values import make_generation, make_job


@pytest.mark.parametrize("task_type", ["text2img", "text2video", "voice_clone", "tts"])
def test_a_retry_makes_the_objects_of_the_first_attempt_under_their_names(backend, task_type):
    """Some names hold the time; with new ones the old attempt's late upload would stay."""
    generation = make_generation(task_type)
    job = make_job(generation)
    backend.store.keep(generation, job)
    backend.gpu.reachable = False  # RunPod's job of attempt 1 still runs
    cancel(backend, generation.ref)
    backend.gpu.reachable = True
    backend.clock.advance(3601)

    retry(backend, generation.ref)

    after = backend.store.find_job(generation.file_uid)
    assert (after.attempt, after.outputs) == (2, job.outputs)
    sent = [one["path"] for one in backend.gpu.calls[-1]["input"]["outputs"]]
    assert sent == [output.path for output in job.outputs]


def test_a_retry_keeps_the_format_after_the_old_job_is_gone(backend):
    generation = make_generation("tts", status=Status.FAILED)
    generation.request_data["output_format"] = "mp3"
    backend.store.keep(generation)

    retry(backend, generation.ref)

    (output,) = backend.store.find_job(generation.file_uid).outputs
    assert (output.path[-4:], output.content_type) == (".mp3", "audio/mpeg")
