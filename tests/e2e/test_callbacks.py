"""RunPod's callbacks over the wire: every status code, and what duplicates and forgeries change."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol.tokens import Callback, Keyring, sign
from tests.e2e.app import keyring, read, runpod_control, runpod_log, wait_until

pytestmark = pytest.mark.e2e

SMALL = {"width": 256, "height": 256, "steps": 2}
MAX_BODY_BYTES = 31_000_000


def token_for(user, file_uid, *, attempt=1, expires_in=3600, keys=None):
    ref = GenerationRef(user.uid, MediaType.IMAGES, file_uid)
    expires_at = datetime.now(UTC) + timedelta(seconds=expires_in)
    return sign(Callback(ref, attempt, expires_at), keys or keyring())


def call_back(stack, token, body, **arguments):
    url = f"{stack.urls['functions']}/runpodwebhook/{token}"
    if isinstance(body, bytes):
        return requests.post(url, data=body, timeout=60, **arguments).status_code
    return requests.post(url, json=body, timeout=60, **arguments).status_code


@pytest.fixture
def finished(stack, user):
    """A completed picture: its document's path and the id of its RunPod job."""
    accepted = user.generate("text2img", prompt="sea", **SMALL)
    wait_until(stack, accepted["path"])
    (job,) = runpod_log(stack, accepted["file_uid"])
    return accepted["file_uid"], accepted["path"], job["job_id"]


def test_duplicates_and_late_messages_are_taken_and_change_nothing(stack, user, finished):
    file_uid, path, job_id = finished
    before = read(stack, path)
    token = token_for(user, file_uid)
    for status in ("COMPLETED", "FAILED", "IN_PROGRESS", "CANCELLED", "TIMED_OUT", "COMPLETED"):
        body = {"id": job_id, "status": status, "error": "late", "output": {"images": ["x"]}}
        assert call_back(stack, token, body) == 200
    resend = f"{runpod_control(stack)}/webhooks/{job_id}/resend"
    assert requests.post(resend, timeout=10).status_code < 300
    assert read(stack, path) == before


def test_a_token_that_is_not_ours_changes_nothing(stack, user, finished):
    file_uid, path, job_id = finished
    before = read(stack, path)
    body = {"id": job_id, "status": "FAILED", "error": "forged"}
    good = token_for(user, file_uid)
    kid, payload, mac = good.split(".")
    strangers = Keyring({keyring().signing: b"x" * 32}, keyring().signing)
    bad = [
        "",
        "x",
        "a.b.c",
        f"{kid}.{payload}.",
        f"{kid}.{payload}.{mac[::-1]}",
        f"other.{payload}.{mac}",
        token_for(user, file_uid, keys=strangers),
        token_for(user, file_uid, expires_in=-1),
    ]
    assert [call_back(stack, token, body) for token in bad] == [401] * len(bad)
    assert read(stack, path) == before


def test_an_older_attempts_message_changes_nothing(stack, user, finished):
    file_uid, path, job_id = finished
    before = read(stack, path)
    body = {"id": job_id, "status": "FAILED", "error": "old"}
    assert call_back(stack, token_for(user, file_uid, attempt=7), body) == 200
    assert read(stack, path) == before


def test_a_body_alone_never_completes(stack, user):
    """A valid token with a made-up result: Storage and RunPod decide, not the body."""
    accepted = user.generate("text2video", prompt="sea", num_frames=100)
    wait_until(stack, accepted["path"], "processing")
    ref = GenerationRef(user.uid, MediaType.VIDEOS, accepted["file_uid"])
    token = sign(Callback(ref, 1, datetime.now(UTC) + timedelta(hours=1)), keyring())
    (job,) = runpod_log(stack, accepted["file_uid"])
    body = {"id": job["job_id"], "status": "COMPLETED", "output": {"video": "AAAA"}}
    assert call_back(stack, token, body) == 200
    wrong = {"id": "someone-elses-job", "status": "FAILED", "error": "forged"}
    assert call_back(stack, token, wrong) == 200
    assert read(stack, accepted["path"])["status"] == "processing"
    assert wait_until(stack, accepted["path"])["status"] == "completed"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"status": "DANCING"}', b"\xff\xfe"])
def test_what_is_no_body_of_runpods_is_400(stack, user, finished, body):
    assert call_back(stack, token_for(user, finished[0]), body) == 400


def test_an_unknown_generation_is_404(stack, user):
    body = {"id": "x", "status": "COMPLETED"}
    assert call_back(stack, token_for(user, "no-such-generation"), body) == 404


def test_anything_but_post_is_405(stack):
    url = f"{stack.urls['functions']}/runpodwebhook/x"
    for method in ("GET", "PUT", "DELETE"):
        answer = requests.request(method, url, timeout=10)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_body_over_the_limit_is_413(stack, user, finished):
    body = b" " * (MAX_BODY_BYTES + 1)
    assert call_back(stack, token_for(user, finished[0]), body) == 413
