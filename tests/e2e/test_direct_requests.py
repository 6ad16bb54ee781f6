"""Requests that go to RunPod without the backend, as the two guides show them."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import requests

from tests.e2e.app import objects, read, wait_gone, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def stack(credentials_stack):
    """Whoever calls RunPod without the backend has workers that hold credentials."""
    return credentials_stack


def run_directly(stack, endpoint, body):
    """`/runsync` with the key, as somebody with a RunPod account calls it."""
    answer = requests.post(
        f"{stack.urls['runpod']}/{endpoint}/runsync",
        json={"input": body},
        headers={"Authorization": f"Bearer {stack.runpod_api_key}"},
        timeout=60,
    ).json()
    assert answer["status"] == "COMPLETED", answer
    return answer["output"]


def queue_as_the_guide_does(stack, path, fields):
    root = f"{stack.urls['firestore']}/v1/projects/{stack.project}/databases/(default)/documents"
    answer = requests.patch(
        f"{root}/{path}",
        json={"fields": fields},
        headers={"Authorization": "Bearer owner"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def test_the_guides_own_document_is_completed_by_the_worker(stack, user):
    uid = str(uuid.uuid4())
    path = f"generations/{user.uid}/images/{uid}"
    queue_as_the_guide_does(
        stack,
        path,
        {
            "status": {"stringValue": "queued"},
            "created_at": {"timestampValue": "2026-01-01T00:00:00Z"},
            "request_data": {"mapValue": {"fields": {"prompt": {"stringValue": "a sea"}}}},
            "file_uid": {"stringValue": uid},
            "user_id": {"stringValue": user.uid},
        },
    )
    output = run_directly(
        stack,
        "local-image",
        {"prompt": "a sea", "user_id": user.uid, "file_uid": uid, "use_cloud_storage": True},
    )
    document = read(stack, path)
    assert (document["status"], document["generated"]) == ("completed", True)
    assert document["created_at"] == "2026-01-01T00:00:00Z"
    assert document["generation_data"]["image_urls"] == output["images"]
    assert requests.get(output["image_url"], timeout=10).status_code == 200
    assert read(stack, f"jobs/{uid}") is None


def test_the_workers_example_makes_its_own_document(stack, user):
    output = run_directly(
        stack,
        "local-image",
        {
            "task_type": "text2img",
            "prompt": "A futuristic city skyline at sunset",
            "width": 256,
            "height": 256,
            "num_images": 2,
            "user_id": user.uid,
            "file_uid": "unique-generation-id",
            "use_cloud_storage": True,
        },
    )
    assert output.keys() >= {"images", "image_url", "seed", "task_type", "file_uid", "user_id"}
    assert read(stack, f"generations/{user.uid}/images/unique-generation-id")["generated"] is True
    assert len(objects(stack, f"generating/{user.uid}/image/unique-generation-id")) == 2


def test_a_request_that_the_worker_refuses_ends_its_document_with_the_sentence(stack, user):
    uid = str(uuid.uuid4())
    path = f"generations/{user.uid}/videos/{uid}"
    queue_as_the_guide_does(stack, path, {"status": {"stringValue": "queued"}})
    answer = requests.post(
        f"{stack.urls['runpod']}/local-video/runsync",
        json={"input": {"fps": 0, "user_id": user.uid, "file_uid": uid, "use_cloud_storage": True}},
        headers={"Authorization": f"Bearer {stack.runpod_api_key}"},
        timeout=60,
    ).json()
    document = read(stack, path)
    assert (document["status"], document["error_code"]) == ("failed", "rejected")
    assert answer["status"] == "FAILED"
    assert document["error"] in answer["error"]
    assert "fps" in document["error"]


def test_without_cloud_storage_the_answer_is_base64(stack):
    output = run_directly(stack, "local-image", {"prompt": "sea", "width": 256, "height": 256})
    assert output["images"][0].startswith("iVBORw0KGgo")
    assert "file_uid" not in output


def test_with_the_backend_such_a_worker_ends_the_generation_by_itself(stack, user):
    started = user.generate("text2img", prompt="sea", width=256, height=256, steps=1, num_images=2)
    document = wait_until(stack, started["path"])
    assert document["status"] == "completed"
    assert "started_at" in document
    wait_gone(stack, f"jobs/{started['file_uid']}")
    assert len(objects(stack, f"generating/{user.uid}/image/{started['file_uid']}")) == 2


@pytest.mark.parametrize(
    ("trouble", "code"),
    [("raise", "worker_error"), ("nothing", "output_missing"), ("garbage", "output_invalid")],
)
def test_such_a_worker_tells_what_went_wrong_by_its_code(stack, user, trouble, code):
    small = {"width": 256, "height": 256, "steps": 1}
    started = user.generate("text2img", prompt="sea", extra={"trouble": trouble}, **small)
    document = wait_until(stack, started["path"])
    assert (document["status"], document["error_code"]) == ("failed", code)


def test_the_workers_own_try_puts_a_picture_and_a_video_into_storage(stack):
    """`python test_cloud_storage.py`, from the root, as its document prints it."""
    environment = {"PATH": os.environ["PATH"], **stack.environment}
    made = subprocess.run(
        [sys.executable, "test_cloud_storage.py"],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    urls = [line for line in made.stdout.splitlines() if line.startswith("http")]
    assert len(urls) == 3
    assert all(requests.get(url, timeout=10).status_code == 200 for url in urls)
