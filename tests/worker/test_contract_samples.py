"""The worker's side of the messages in `contract/`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firepod.domain.generation import GenerationRef
from firepod.protocol.facts import Facts
from tests.fakes.values import BYTES, WEBP
from worker import answers
from worker.media import Media
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
    named = (("path", "upload_url"), ("thumb_path", "thumb_upload_url"))
    assert set(task.upload_urls) == {
        one[path] for one in said["outputs"] for path, url in named if url in one
    }
    assert [one and one.path for one in task.thumbs] == [
        one.get("thumb_path") for one in said["outputs"]
    ]


def seen(answer, folder):
    """Files that the worker has made and looked at, as a sample tells of them."""
    files = []
    for number, told in enumerate(answer["outputs"]):
        thumb = None
        if told.pop("thumb_base64", None):
            thumb = folder / f"{number}.webp"
            thumb.write_bytes(WEBP)
        files.append(Media(folder / str(number), Facts(**told), thumb))
    return files


@pytest.mark.parametrize("name", TASKS)
def test_answers_with_urls_are_as_agreed(name, tmp_path):
    task, agreed = task_of(name), sample(f"answer_{name}_urls")
    urls = [f"https://media.test/{one.path}" for one in task.outputs]
    media = seen(sample(f"answer_{name}_urls"), tmp_path)
    assert answers.with_urls(task, urls, NOW, media) == agreed


@pytest.mark.parametrize("name", TASKS)
def test_answers_with_media_are_as_agreed(name, tmp_path):
    task, media = task_of(name), seen(sample(f"answer_{name}_inline"), tmp_path)
    for one, output in zip(media, task.outputs, strict=True):
        one.path.write_bytes(BYTES[output.content_type])
    assert answers.with_media(task, media) == sample(f"answer_{name}_inline")


def test_the_answer_after_uploads_is_as_agreed(tmp_path):
    agreed = sample("answer_text2img_uploaded")
    media = seen(sample("answer_text2img_uploaded"), tmp_path)
    assert answers.uploaded(task_of("text2img"), media) == agreed
