"""WORKER_DELIVERY=upload_urls: the worker holds one URL for each object, and no credentials."""

import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests

from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol.tokens import Callback, sign
from tests.delivery.keyless import (
    PICTURE,
    keyless_stack,
    make_everything,
    png,
    stored_object,
    worker_environments,
)
from tests.e2e.app import User, keyring, objects, read, runpod_control, wait_gone, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with keyless_stack(tmp_path_factory.mktemp("upload")) as ready:
        yield ready


@pytest.fixture
def held(stack):
    """A user's generation that no worker gets, with what a worker would hold in its hands."""
    prompt = {"prompt": "a picture by hand"}
    rule = {"match": {"input": prompt}, "action": {"type": "drop_job"}}
    requests.put(f"{runpod_control(stack)}/faults", json=[rule], timeout=10).raise_for_status()
    user = User.sign_up(stack)
    started = user.generate("text2img", **PICTURE | prompt)
    jobs = requests.get(f"{runpod_control(stack)}/jobs", timeout=10).json()["jobs"]
    (job,) = (job for job in jobs if job["input"]["file_uid"] == started["file_uid"])
    yield user, started, job
    user.call("discard", {name: started[name] for name in ("media_type", "file_uid")})
    requests.delete(f"{runpod_control(stack)}/faults", timeout=10)


def call_back(stack, user, started, job) -> int:
    """RunPod's callback for a job that has ended well."""
    ref = GenerationRef(user.uid, MediaType(started["media_type"]), started["file_uid"])
    token = sign(Callback(ref, 1, datetime.now(UTC) + timedelta(hours=1)), keyring())
    body = {"id": job["id"], "status": "COMPLETED", "output": {"uploaded": 1}}
    url = f"{stack.urls['functions']}/runpodwebhook/{token}"
    return requests.post(url, json=body, timeout=30).status_code


def test_workers_hold_no_credentials(stack):
    environments = worker_environments(stack)
    assert environments
    for environment in environments:
        services = ("FIREBASE_", "FIRESTORE_", "STORAGE_", "GOOGLE_", "GCLOUD_")
        named = [name for name in environment if name.startswith(services)]
        assert named == []


def test_every_task_ends_in_the_same_document(stack):
    make_everything(stack)


def test_what_is_not_the_media_does_not_leave_the_worker(stack):
    user = User.sign_up(stack)
    started = user.generate("text2img", **PICTURE, extra={"trouble": "garbage"})

    document = wait_until(stack, started["path"])

    assert (document["status"], document["error_code"]) == ("failed", "worker_error")
    wait_gone(stack, f"jobs/{started['file_uid']}")
    assert objects(stack, f"generating/{user.uid}/") == []


def test_an_upload_of_something_else_completes_nothing_and_goes(stack, held):
    user, started, job = held
    (output,) = job["input"]["outputs"]
    requests.put(output["upload_url"], data=b"<html>no picture</html>", timeout=10)
    assert objects(stack, f"generating/{user.uid}/") == [output["path"]]

    assert call_back(stack, user, started, job) == 200

    assert read(stack, started["path"])["status"] == "queued"
    user.call("discard", {name: started[name] for name in ("media_type", "file_uid")})
    wait_gone(stack, f"jobs/{started['file_uid']}")
    assert objects(stack, f"generating/{user.uid}/") == []


def test_owner_type_and_name_are_not_the_workers_to_choose(stack, held):
    user, started, job = held
    (output,) = job["input"]["outputs"]

    answer = requests.put(
        output["upload_url"],
        data=png(),
        headers={"Content-Type": "text/html", "x-goog-meta-owner": "mallory"},
        timeout=10,
    )

    assert answer.status_code == 200
    stored = stored_object(stack, output["path"])
    assert (stored["contentType"], stored["metadata"]["owner"]) == ("image/png", user.uid)
    assert objects(stack, f"generating/{user.uid}/") == [output["path"]]
    assert call_back(stack, user, started, job) == 200
    assert wait_until(stack, started["path"])["status"] == "completed"


def test_a_callback_without_the_upload_completes_nothing(stack, held):
    user, started, job = held

    assert call_back(stack, user, started, job) == 200

    assert read(stack, started["path"])["status"] == "queued"


def test_an_upload_that_was_cut_off_is_no_object(stack, held):
    user, started, job = held
    (output,) = job["input"]["outputs"]
    url, data = urlsplit(output["upload_url"]), png()
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode())
        connection.sendall(data[: len(data) // 2])

    assert call_back(stack, user, started, job) == 200

    assert objects(stack, f"generating/{user.uid}/") == []
    assert read(stack, started["path"])["status"] == "queued"
