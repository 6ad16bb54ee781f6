"""The worker's side of the messages in `contract/`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firepod.domain.generation import GenerationRef
from tests.fakes.values import BYTES
from worker import answers
from worker.task import parse_task

SAMPLES = Path(__file__).parents[2] / "contract"
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
TASKS = ["text2img", "text2video", "voice_clone", "tts"]


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def task_of(name):
    return parse_task({"id": "job-1", **sample(f"run_{name}")}, 0, NOW)


@pytest.mark.parametrize("name", TASKS)
def test_the_backends_task_is_understood_whole(name):
    said = sample(f"run_{name}")["input"]
    task = task_of(name)
    assert task.from_backend
    assert (task.task_type, task.attempt) == (name, 1)
    assert task.ref == GenerationRef("ann", said["media_type"], said["file_uid"])
    assert [one.path for one in task.outputs] == [one["path"] for one in said["outputs"]]
    assert {k: v for k, v in task.request.items() if k in said} == {
        k: v for k, v in said.items() if k in task.request
    }
    assert task.job_url == sample(f"run_{name}")["webhook"]
    assert set(task.upload_urls) == {one["path"] for one in said["outputs"] if "upload_url" in one}


@pytest.mark.parametrize("name", TASKS)
def test_answers_with_urls_are_as_agreed(name):
    task = task_of(name)
    urls = [f"https://media.test/{one.path}" for one in task.outputs]
    assert answers.with_urls(task, urls, NOW) == sample(f"answer_{name}_urls")


@pytest.mark.parametrize("name", TASKS)
def test_answers_with_media_are_as_agreed(name, tmp_path):
    task, files = task_of(name), []
    for number, output in enumerate(task.outputs):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(BYTES[output.content_type])
    assert answers.with_media(task, files) == sample(f"answer_{name}_inline")


def test_the_answer_after_uploads_is_as_agreed():
    assert answers.uploaded(task_of("text2img")) == sample("answer_text2img_uploaded")
