"""The worker of the tests: the real SDK's loop around a handler that does as its input says."""

import asyncio
from typing import Any

import runpod


async def handler(job: dict[str, Any]) -> Any:
    job_input = job["input"]
    if "keys" in job_input:
        return sorted(job)
    if "raise" in job_input:
        raise ValueError(job_input["raise"])
    for progress in job_input.get("progress", []):
        runpod.serverless.progress_update(job, progress)
        await asyncio.sleep(0.2)
    await asyncio.sleep(job_input.get("sleep", 0))
    return job_input.get("return")


if __name__ == "__main__":
    runpod.serverless.start({"handler": handler})
