"""What the stack's programs have written, all of them, once a generation has come to its end."""

import time

import pytest

from tests.chaos.leaks import leaks_in_logs
from tests.e2e.app import runpod_log, secret, wait_until

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
