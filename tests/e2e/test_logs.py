"""What the stack's programs have written, all of them, once a generation has come to its end."""

import time
import uuid
from datetime import datetime, timedelta

import pytest
import requests

from tests.chaos.leaks import leaks_in_logs
from tests.e2e.app import entries, runpod_log, secret, wait_until
from tests.fakes.google_logs import entry_of, points
from tools.alerts import wanted

pytestmark = pytest.mark.e2e

PROMPT = "quokka-1-1-0 on a beach"


def callbacks_of(stack, file_uid):
    """The callbacks that RunPod has sent for a generation; waits for the first one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        sent = [one for job in runpod_log(stack, file_uid) for one in job["webhooks"]]
        if sent:
            return sent
        time.sleep(0.05)
    raise TimeoutError("no callback was sent")


def test_a_program_can_read_from_the_log_what_happened_when_and_for_which_request(stack, user):
    accepted = user.generate("text2img", prompt=PROMPT, width=256, height=256, steps=2)
    done = wait_until(stack, accepted["path"])
    told = [one["event"] for one in done["timeline"]]
    written = entries(stack, len(told), file_uid=accepted["file_uid"])
    assert [one["event"] for one in written] == [f"generation_{event}" for event in told]
    assert told == ["queued", "submitted", "claimed", "completed"]
    times = [datetime.fromisoformat(one["time"]) for one in written]
    assert times == sorted(times)
    for one, entry in zip(done["timeline"], written, strict=True):
        assert abs(datetime.fromisoformat(one["at"]) - datetime.fromisoformat(entry["time"])) < (
            timedelta(seconds=2)
        )
        assert one["by"] == entry["function"]

    trace = uuid.uuid4().hex
    header = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    url = f"{stack.urls['functions']}/runpodwebhook/no-token"
    assert requests.post(url, json={}, headers=header, timeout=30).status_code == 401
    named = {"logging.googleapis.com/trace": f"projects/demo-firepod/traces/{trace}"}
    [rejected] = entries(stack, 1, event="callback_rejected", **named)
    assert rejected["logging.googleapis.com/spanId"] == "00f067aa0ba902b7"


def test_the_metrics_of_operations_take_what_functions_write(stack, user):
    accepted = user.generate("text2img", prompt=PROMPT, width=256, height=256, steps=2)
    done = wait_until(stack, accepted["path"])
    written = entries(stack, len(done["timeline"]), file_uid=accepted["file_uid"])
    metrics, lines = wanted.read().metrics, [entry_of(line) for line in written]
    events = [one.labels["event"] for one in points(metrics["firepod_generations"], lines)]
    assert events == [f"generation_{one}" for one in ("queued", "submitted", "completed")]
    for name in ("queue", "run", "total"):
        [one] = points(metrics[f"firepod_{name}_seconds"], lines)
        assert 0 <= one.value < 60
        assert one.labels["media_type"] == "images"


def test_no_log_holds_a_token_a_key_or_a_prompt(stack, user):
    user.upload("start.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "image/png")
    accepted = user.generate("text2img", prompt=PROMPT, width=256, height=256, steps=2)
    done = wait_until(stack, accepted["path"])
    assert done["status"] == "completed"
    assert callbacks_of(stack, accepted["file_uid"])

    # firebase-tools' debug log is the one that holds whole requests.
    debug = stack.log_dir / "firebase-tools" / "firebase-debug.log"
    assert "runpodwebhook/" in debug.read_text("utf-8", "replace")
    keys = [key.partition(":")[2] for key in secret("WEBHOOK_KEYS").split(",")]
    url = done["generation_data"]["image_url"]
    secrets = [user.token, secret("RUNPOD_API_KEY"), *keys, url.partition("token=")[2]]
    found = leaks_in_logs(stack.log_dir, [one for one in secrets if one])
    assert [one for one in found if ": traceback:" not in one] == []  # engines of tests crash
