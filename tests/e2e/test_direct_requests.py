"""Requests that go to RunPod without the backend, as the two guides show them."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import requests

from tests.e2e.app import entries, objects, read, wait_gone, wait_until

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
    told = [(one["event"], one["by"]) for one in document["timeline"]]
    assert told[0] == ("queued", "generate")
    # Who comes first tells that RunPod has it: its answer to /run, or its worker's claim.
    assert told[1] in {("submitted", "generate"), ("submitted", "worker")}
    assert told[2:] == [("claimed", "worker"), ("completed", "worker")]
    # Its own log is at RunPod; the callback tells ours.
    ended = {"event": "generation_completed", "file_uid": started["file_uid"], "by": "worker"}
    [told_by_callback] = entries(stack, 1, **ended)
    assert told_by_callback["function"] == "runpodwebhook"


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
