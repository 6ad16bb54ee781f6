"""The backend's side of the messages in `contract/`."""

import json
from pathlib import Path

import pytest

from firepod.domain.errors import WORKER_FAILED
from firepod.domain.generation import UploadUrl
from firepod.kinds import registry, results
from firepod.protocol.asks import parse_ask
from firepod.protocol.dialects import OWN, dialect
from firepod.protocol.dialects.values import Ask, Own
from firepod.protocol.go_on import Answer
from firepod.protocol.runpod import (
    Accepted,
    RunpodStatus,
    parse_report,
    parse_submission,
    sentence_of,
)
from firepod.usecases.claim import WAIT_SECONDS
from tests.fakes.values import BYTES, WEBP, make_generation, make_job

SAMPLES = Path(__file__).parents[2] / "contract"
JOB_ID = "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d-u1"


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def accepted(task):
    """The generation and job that `run_{task}` is about."""
    said = sample(f"run_{task}")["input"]
    generation = make_generation(task, file_uid=said["file_uid"])
    if "num_images" in said:
        generation.request_data["num_images"] = said["num_images"]
    return generation, make_job(generation)


def ask_of(generation, job, own):
    return Ask(
        endpoint_id=job.endpoint_id,
        task_type=generation.task_type,
        request=generation.request_data,
        outputs=job.outputs,
        own=own,
    )


@pytest.mark.parametrize("task", ["text2img", "text2video", "voice_clone", "tts"])
def test_run_bodies_are_built_as_agreed(task):
    generation, job = accepted(task)
    agreed = sample(f"run_{task}")
    urls = {
        one["path"]: UploadUrl(one["upload_url"], one["upload_headers"])
        for one in agreed["input"]["outputs"]
        if "upload_url" in one
    } | {
        one["thumb_path"]: UploadUrl(
            one["thumb_upload_url"], json.loads(one["thumb_upload_headers"])
        )
        for one in agreed["input"]["outputs"]
        if "thumb_upload_url" in one
    }
    price = agreed["input"]["outputs"][0].get("usd_per_second")

    own = Own(
        generation=generation,
        job=job,
        webhook=agreed["webhook"],
        media_urls="token",
        retention_days=0,
        upload_urls=urls,
        usd_per_second=None if price is None else float(price),
    )
    said = dialect(OWN).to_input(ask_of(generation, job, own))

    assert said == agreed["input"]


def test_no_field_of_a_request_can_take_the_place_of_ours():
    request = {"user_id": "bob", "attempt": 9, "outputs": [], "prompt": "x"}
    generation = make_generation(request_data=request)
    job = make_job(generation)
    own = Own(
        generation=generation,
        job=job,
        webhook="https://w",
        media_urls="token",
        retention_days=0,
        upload_urls={},
    )
    said = dialect(OWN).to_input(ask_of(generation, job, own))
    assert (said["user_id"], said["attempt"]) == ("ann", 1)
    assert said["outputs"][0]["path"] == "generating/ann/image/file-1.png"


@pytest.mark.parametrize("task", ["text2img", "text2video", "voice_clone", "tts"])
def test_media_are_read_from_inline_answers(task):
    _, job = accepted(task)
    answer = sample(f"answer_{task}_inline")
    found = results.read_media(dialect(OWN), answer, job.outputs, registry.task(task))
    assert found == [BYTES[output.content_type] for output in job.outputs]


def test_thumbs_are_read_from_inline_answers():
    assert results.read_thumbs(sample("answer_text2img_inline")) == [WEBP, WEBP]
    assert results.read_thumbs(sample("answer_tts_inline")) == [b""]


@pytest.mark.parametrize("task", ["text2img", "text2video", "voice_clone", "tts"])
def test_urls_in_an_answer_are_no_media(task):
    _, job = accepted(task)
    answer = sample(f"answer_{task}_urls")
    with pytest.raises(results.Unusable):
        results.read_media(dialect(OWN), answer, job.outputs, registry.task(task))


def test_what_runpod_says_is_understood():
    said = {
        name: parse_report((SAMPLES / f"{name}.json").read_bytes())
        for name in ("callback_completed", "callback_failed", "status_in_progress")
    }
    assert {report.job_id for report in said.values()} == {JOB_ID}
    assert said["callback_completed"].status is RunpodStatus.COMPLETED
    assert said["callback_completed"].metrics == {"delay_ms": 820, "execution_ms": 3150}
    assert sentence_of(said["callback_failed"].error) == sample("answer_error")["error"]
    told = [one.known() for one in said["callback_completed"].facts]
    assert told == sample("answer_text2img_uploaded")["outputs"]
    assert said["status_in_progress"].progress == 0.42
    body = (SAMPLES / "submission_accepted.json").read_bytes()
    assert parse_submission(200, body) == Accepted(JOB_ID)


def test_what_workers_ask_is_understood_and_answered_as_agreed():
    for name, fraction in (("ask_claim", 0.0), ("ask_progress", 0.42)):
        ask = parse_ask((SAMPLES / f"{name}.json").read_bytes())
        assert (ask.job_id, ask.progress) == (JOB_ID, fraction)
        assert (ask.claim, ask.preview) == (sample(name)["claim"], sample(name).get("preview"))
    answers = {"told_go_on": Answer(go_on=True), "told_stop": Answer(go_on=False)}
    answers["told_wait"] = Answer(go_on=False, wait_seconds=WAIT_SECONDS)
    assert {name: answer.body() for name, answer in answers.items()} == {
        name: sample(name) for name in answers
    }


def test_a_traceback_of_runpods_reaches_nobody():
    report = parse_report((SAMPLES / "callback_failed_traceback.json").read_bytes())
    assert sentence_of(report.error) == WORKER_FAILED
