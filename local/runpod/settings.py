"""The numbers of RunPod, in seconds and bytes, all of them options.

Documented ones: https://docs.runpod.io/serverless/endpoints/send-requests and
https://docs.runpod.io/serverless/endpoints/operation-reference . The README says which are decided
here because RunPod documents nothing.
"""

from dataclasses import dataclass, field
from typing import Any

MEGABYTE = 1_000_000
DAY = 86_400.0


def _option(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    run_body_bytes: int = _option(10 * MEGABYTE, "largest body of /run")
    runsync_body_bytes: int = _option(20 * MEGABYTE, "largest body of /runsync")
    result_bytes: int = _option(20 * MEGABYTE, "largest result; of a larger one the output is lost")
    chunk_bytes: int = _option(MEGABYTE, "largest chunk of a stream")
    run_retention: float = _option(1800.0, "how long a finished /run job is kept")
    runsync_retention: float = _option(60.0, "how long a finished /runsync job is kept")
    runsync_retention_max: float = _option(300.0, "the same when ?wait asked for more")
    runsync_wait: float = _option(90.0, "how long /runsync waits without ?wait")
    execution_timeout: float = _option(600.0, "policy.executionTimeout of jobs without one")
    execution_timeout_min: float = _option(5.0, "shortest policy.executionTimeout")
    execution_timeout_max: float = _option(7 * DAY, "longest policy.executionTimeout")
    ttl: float = _option(DAY, "policy.ttl of jobs without one")
    ttl_min: float = _option(10.0, "shortest policy.ttl")
    ttl_max: float = _option(7 * DAY, "longest policy.ttl")
    requeues_after_crash: int = _option(1, "how often a job is queued again when its worker died")
    webhook_attempts: int = _option(3, "deliveries of a callback that is not answered with 200")
    webhook_delay: float = _option(10.0, "pause between two deliveries of a callback")
    webhook_timeout: float = _option(2.0, "how long the receiver of a callback may take")
    webhook_statuses: tuple[str, ...] = _option(("COMPLETED", "FAILED"), "ends that call back")
    worker_poll: float = _option(3.0, "how long job-take and job-stop are held open")
    worker_silence: float = _option(30.0, "after which a worker not heard of is given up")
    ping_interval: float = _option(3.0, "how often workers are told to ping; at least 1")
    tick: float = _option(0.2, "how often deadlines are looked at")
    ready_made_seconds: float = _option(0.3, "how long ready-made endpoints wait before they make")
    rate_limits: bool = _option(True, "whether calls beyond RunPod's limits get 429")
    pages: tuple[str, ...] = _option(
        (), "origins of pages in a browser of this machine that may use the controls under /local"
    )
    identity_fields: tuple[str, ...] = _option(
        (), "input fields that the history repeats and can be searched by"
    )
