"""RunPod's protocol: requests and answers translated, no I/O.

https://docs.runpod.io/serverless/endpoints/operation-reference and .../job-states
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from firepod.domain.errors import WORKER_FAILED
from firepod.domain.generation import ErrorCode
from firepod.protocol import facts, json_text
from firepod.protocol.facts import Facts

MIN_EXECUTION_TIMEOUT_MS = 5_000
MIN_TTL_MS = 10_000
MAX_RUN_BODY_BYTES = 10_000_000  # of /run
MAX_SENTENCE_CHARS = 300
# An id becomes a part of RunPod's URLs and of our documents, so it may hold nothing else.
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# What a worker may say of its own failure; the other codes are the backend's to find.
_WORKERS_CODES = {str(c): c for c in (ErrorCode.OUT_OF_MEMORY, ErrorCode.MODEL_UNAVAILABLE)}
_LOOKED_AT_CHARS = 1_000  # white space around a sentence, generously
# What shows the inside of a machine, and what RunPod says of a worker that died.
_REVEALING = re.compile(
    r"""^worker exited\b"""
    r"""|[\n\r{}<>\\@=`]|Traceback|File "|://|(?:^|\s)/\w|\w\(|\b\w*(?:Error|Exception)\b"""
    r"""|\d+\.\d+\.\d+|\b[\w-]+\.(?:internal|local|svc|py|io|ai|com|net)\b"""
    r"""|[\w+-]{24,}"""
)
# What leads away from here: names with dots in them, numbers to call, the words of lures. A full
# stop is followed by a space, and a decimal point stands between digits.
_LURING = re.compile(
    r"""[^\W\d]\.\w|\w\.[^\W\d]|\w\s+\.\s*\w|[a-z0-9]\u3002[a-z0-9]|\[\.\]"""
    r"""|(?:\d[\s().+/-]*){7}"""
    r"""|\b(?:www|https?|url|dot|links?|web\s?sites?|click|tap|visit|browse|contact|e-?mails?|mails?"""
    r"""|phones?|call\s+(?:us|now|me|the)|sms|whatsapp|telegram|discord|log\s?in|sign\s?in|account"""
    r"""|passwords?|passcode|verify|cards?|bank|wallets?|bitcoins?|crypto|pay|payments?|prizes?"""
    r"""|win|refunds?|downloads?|install)\b""",
    re.IGNORECASE,
)


class RunpodStatus(StrEnum):
    """States of a job; RUNNING stands in the docs beside IN_PROGRESS."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    GONE = "GONE"  #: ours, for 404: expired, deleted, or never there

    @property
    def ended(self) -> bool:
        return self not in {self.IN_QUEUE, self.IN_PROGRESS, self.RUNNING}


@dataclass(frozen=True, slots=True)
class Accepted:
    """RunPod has the job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """RunPod answered that it will not take the job; `http_status` is for the log."""

    http_status: int


@dataclass(frozen=True, slots=True)
class NotReached:
    """RunPod certainly has no job: no connection, too many requests, or out of service."""

    http_status: int | None = field(default=None, compare=False)  #: for the log
    nobody_there: bool = field(default=False, compare=False)  #: no local RunPod, for the log


@dataclass(frozen=True, slots=True)
class Unknown:
    """RunPod may have the job: the answer was lost or says nothing. Never repeat the call."""

    http_status: int | None = field(default=None, compare=False)  #: for the log


Submission = Accepted | Refused | NotReached | Unknown


@dataclass(frozen=True, slots=True)
class JobReport:
    """What RunPod says of a job, by /status or by a callback."""

    status: RunpodStatus
    job_id: str = ""
    output: Any = None
    error: Any = None
    metrics: dict[str, int | float] = field(default_factory=dict)

    @property
    def progress(self) -> float:
        """What the worker told last, 0 if it told nothing; JSON may hold 10**400 and NaN."""
        value = self.output.get("progress") if isinstance(self.output, dict) else None
        if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
            return 0.0
        return 1.0 if value >= 1 else float(value)

    @property
    def facts(self) -> tuple[Facts, ...]:
        """What the worker told of its files, in their order."""
        return facts.read(self.output)

    @property
    def error_code(self) -> ErrorCode:
        """Why it failed, by the worker's own word.

        RunPod's SDK takes `error` out of a worker's answer, and hands the rest on as its output.
        """
        told = self.output.get("error_code") if isinstance(self.output, dict) else None
        code = _WORKERS_CODES.get(told) if isinstance(told, str) else None
        return code or ErrorCode.WORKER_ERROR


class NotRunpod(Exception):
    """A body that is not one of RunPod's."""


def build_policy(execution_timeout_seconds: int, ttl_seconds: int) -> dict[str, int]:
    """`policy` of a request; without it an abandoned job could bill for a day."""
    return {
        "executionTimeout": max(MIN_EXECUTION_TIMEOUT_MS, execution_timeout_seconds * 1000),
        "ttl": max(MIN_TTL_MS, ttl_seconds * 1000),
    }


def parse_submission(http_status: int, body: bytes) -> Submission:
    """The answer of /run."""
    if http_status in {429, 503}:
        return NotReached(http_status)
    if 400 <= http_status < 500:
        # 408 is the one 4xx that says nothing about whether the job was taken.
        return Unknown(http_status) if http_status == 408 else Refused(http_status)
    if http_status != 200:
        return Unknown(http_status)
    try:
        job_id = job_id_of(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Unknown(http_status)
    return Accepted(job_id) if job_id else Unknown(http_status)


def parse_report(body: bytes | bytearray) -> JobReport:
    """A body of /status or of a callback; both have one shape.

    Raises:
        NotRunpod: it is not JSON, or holds no status that RunPod has.
    """
    try:
        data = json_text.parse(body)
        status = RunpodStatus(data["status"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotRunpod from error
    return JobReport(
        status,
        job_id_of(data.get("id")),
        data.get("output"),
        data.get("error"),
        parse_metrics(data),
    )


def without_media(report: JobReport) -> JobReport:
    """A report without its media, which a callback proves nothing by, and which may be large."""
    error = report.error if isinstance(report.error, str) else None
    told = [one.known() for one in report.facts]
    kept: dict[str, Any] = {"outputs": told} if any(told) else {}
    if report.error_code is not ErrorCode.WORKER_ERROR:
        kept["error_code"] = str(report.error_code)
    return replace(
        report,
        output=kept or None,
        error=None if error is None else error[: _LOOKED_AT_CHARS + 1],
    )


def job_id_of(value: Any) -> str:
    """An id that may be a part of URLs and documents; empty if it is none."""
    return value if isinstance(value, str) and _JOB_ID.fullmatch(value) else ""


def parse_metrics(data: dict[str, Any]) -> dict[str, int | float]:
    """`delay_ms` and `execution_ms`, as far as RunPod gives sane ones."""
    metrics: dict[str, int | float] = {}
    for theirs, ours in (("delayTime", "delay_ms"), ("executionTime", "execution_ms")):
        value = data.get(theirs)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            metrics[ours] = int(value)
    return metrics


def sentence_of(error: Any) -> str:
    """A worker's error, if it reads like a sentence for people, else one of ours.

    An uncaught exception comes as JSON with a traceback and a host name; neither may reach a user,
    nor may anything else that looks like the inside of a machine. And a worker that was taken over
    must not speak to users through it: nothing that names an address, a number to call or a thing
    to do elsewhere is shown. Whatever the length, only its beginning is looked at.
    """
    if not isinstance(error, str) or len(error) > _LOOKED_AT_CHARS:
        return WORKER_FAILED
    text = error.strip()
    reads_well = text.isprintable() and " " in text and len(text) <= MAX_SENTENCE_CHARS
    if not reads_well:
        return WORKER_FAILED
    # Full-width letters and dots read, and link, like the plain ones.
    plain = unicodedata.normalize("NFKC", text)
    return WORKER_FAILED if _REVEALING.search(plain) or _LURING.search(plain) else text
