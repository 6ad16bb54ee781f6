"""Bad requests over the wire: the right code, the field's name, nothing written or sent."""

import json

import pytest
import requests

from tests.e2e.app import get_document, post_callable, runpod_control, runpod_log, wait_until

pytestmark = pytest.mark.e2e

GOOD = {"task_type": "text2img", "prompt": "sea", "width": 256, "height": 256, "steps": 1}
EXTRA_BYTES = 8 * 1024


def extra_of(size):
    overhead = len(json.dumps({"k": ""}, separators=(",", ":")))
    return {"k": "x" * (size - overhead)}


def left_behind(stack, uid):
    """What Firestore and RunPod hold of a user."""
    collections = ("images", "videos", "voices", "tts")
    stored = [
        document
        for name in collections
        for document in get_document(stack, f"generations/{uid}/{name}").json().get("documents", [])
    ]
    quota = get_document(stack, f"quotas/{uid}").status_code
    log = requests.get(f"{runpod_control(stack)}/log", params={"user_id": uid}, timeout=10).json()
    return stored, quota, log["jobs"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"task_type": "text2music"}, "task_type"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 4001}, "prompt"),
        ({"width": 255}, "width"),
        ({"width": 2056}, "width"),
        ({"height": 260}, "height"),
        ({"num_images": 0}, "num_images"),
        ({"num_images": 9}, "num_images"),
        ({"steps": 101}, "steps"),
        ({"guidance_scale": 30.5}, "guidance_scale"),
        ({"seed": -1}, "seed"),
        ({"color": "red"}, "color"),
        ({"user_id": "someone"}, "user_id"),
        ({"webhook": "https://example.com"}, "webhook"),
        ({"extra": extra_of(EXTRA_BYTES + 1)}, "extra"),
        ({"extra": {"nested": {"a": 1}}}, "extra"),
        ({"task_type": "img2img"}, "init_image"),
        ({"task_type": "img2img", "init_image": "uploads/someone/a.png"}, "init_image"),
        ({"task_type": "img2img", "init_image": "gs://elsewhere/a.png"}, "init_image"),
        ({"task_type": "img2img", "init_image": "https://example.com/a.png"}, "init_image"),
        ({"idempotency_key": "k" * 129}, "idempotency_key"),
    ],
)
def test_a_field_that_is_wrong_is_named_and_nothing_happens(stack, user, change, field):
    data = {name: value for name, value in (GOOD | change).items() if value is not None}
    status, error = user.call("generate", data)
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")
    assert field in [problem["field"] for problem in error["details"]["fields"]]
    assert left_behind(stack, user.uid) == ([], 404, [])


def test_extra_of_exactly_8_kib_is_taken(stack, user):
    accepted = user.generate(**GOOD | {"extra": extra_of(EXTRA_BYTES)})
    assert wait_until(stack, accepted["path"])["status"] == "completed"


@pytest.mark.parametrize("body", ["{not json", "[]", '"text"', "null", "", '{"prompt": "x"}'])
def test_a_body_that_is_no_call_is_an_invalid_argument(stack, user, body):
    status, error = post_callable(stack, "generate", body, user.token)
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_without_a_users_token_nothing_is_done(stack, token):
    status, error = post_callable(stack, "generate", json.dumps({"data": GOOD}), token)
    assert (status, error["status"]) == (401, "UNAUTHENTICATED")


def test_one_idempotency_key_starts_one_generation(stack, user):
    first = user.generate(**GOOD, idempotency_key="once")
    second = user.generate(**GOOD, idempotency_key="once")
    assert second == first | {"duplicate": True}
    status, error = user.call("generate", GOOD | {"idempotency_key": "once", "steps": 2})
    assert (status, error["status"]) == (409, "ALREADY_EXISTS")
    assert len(runpod_log(stack, first["file_uid"])) == 1


def test_the_limit_of_running_generations_says_what_it_is(stack, user):
    video = {"task_type": "text2video", "prompt": "sea", "num_frames": 257}
    started = [user.generate(**video) for _ in range(4)]
    status, error = user.call("generate", video)
    assert (status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"].keys() == {"limit", "used", "retry_after_seconds"}
    assert (error["details"]["limit"], error["details"]["used"]) == (4, 4)
    for one in started:
        user.call("cancel", {"media_type": "videos", "file_uid": one["file_uid"]})
