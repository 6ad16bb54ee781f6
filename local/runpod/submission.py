"""Bodies and query parameters of the client API, checked and turned into jobs. No I/O.

https://docs.runpod.io/serverless/endpoints/send-requests
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local.runpod.errors import BadRequest
from local.runpod.jobs import Job
from local.runpod.settings import Settings


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object; nothing and `null`, which SDK clients post, are an empty one."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.")
    return value


def parse_job(
    body: Mapping[str, Any], *, endpoint_id: str, wait: float | None, settings: Settings, now: float
) -> Job:
    """Build the job of a /run (`wait` is None) or of a /runsync that waits so many seconds.

    Top-level keys that RunPod does not know are discarded, as it does.
    """
    if not isinstance(body.get("input"), dict):
        raise BadRequest("`input` is required and must be an object.")
    policy = body.get("policy") or {}
    if not isinstance(policy, dict):
        raise BadRequest("`policy` must be an object.")
    ttl = _policy_seconds(policy, "ttl", settings.ttl, (settings.ttl_min, settings.ttl_max))
    execution_timeout = _policy_seconds(
        policy,
        "executionTimeout",
        settings.execution_timeout,
        (settings.execution_timeout_min, settings.execution_timeout_max),
    )
    if wait is None:
        retention = settings.run_retention
    else:
        retention = min(max(settings.runsync_retention, wait), settings.runsync_retention_max)
    return Job(
        id=f"{'' if wait is None else 'sync-'}{uuid.uuid4()}-e1",
        endpoint_id=endpoint_id,
        input=body["input"],
        webhook=_parse_webhook(body.get("webhook")),
        execution_timeout=execution_timeout,
        ttl=ttl,
        retention=retention,
        submitted_at=now,
        expires_at=now + ttl,
    )


def parse_wait(text: str | None, settings: Settings) -> float:
    """Seconds that a /runsync waits, from `?wait=` in milliseconds (1,000 to 300,000)."""
    if text is None:
        return settings.runsync_wait
    return _milliseconds("wait", text, (1.0, 300.0))


def parse_ttl(text: str | None) -> float | None:
    """Seconds from now to the deletion of the job, from `?ttl=` of /status in milliseconds."""
    return None if text is None else _milliseconds("ttl", text, (0.001, 7 * 86_400.0))


def _policy_seconds(
    policy: Mapping[str, Any], name: str, default: float, bounds: tuple[float, float]
) -> float:
    value = policy.get(name)
    return default if value is None else _milliseconds(f"policy.{name}", value, bounds)


def _milliseconds(name: str, value: Any, bounds: tuple[float, float]) -> float:
    low, high = bounds
    problem = f"`{name}` must be {low * 1000:.0f} to {high * 1000:.0f} milliseconds."
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRequest(problem)
    try:
        seconds = float(value) / 1000
    except ValueError as error:
        raise BadRequest(problem) from error
    if not low <= seconds <= high:
        raise BadRequest(problem)
    return seconds


def _parse_webhook(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadRequest("`webhook` must be an http or https URL.")
    url = urlsplit(value)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise BadRequest("`webhook` must be an http or https URL.")
    return value
