"""A worker of the tests whose handler is a generator."""

from collections.abc import AsyncIterator
from typing import Any

import runpod


async def handler(job: dict[str, Any]) -> AsyncIterator[Any]:
    for chunk in job["input"]["chunks"]:
        yield chunk


if __name__ == "__main__":
    runpod.serverless.start({"handler": handler, "concurrency_modifier": lambda _: 3})
