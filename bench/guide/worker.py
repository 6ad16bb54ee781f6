"""The guide's worker as far as its function can tell: busy for `extra.seconds`, then done."""

import time
from typing import Any

import runpod


def handler(job: dict[str, Any]) -> dict[str, Any]:
    """Take the time that the request asks for."""
    time.sleep(job["input"].get("extra", {}).get("seconds", 0))
    return {"status": "success"}


if __name__ == "__main__":
    runpod.serverless.start({"handler": handler})
