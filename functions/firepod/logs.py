"""The log events, by name. They carry ids, never tokens, prompts, URLs or a provider's raw text."""

import traceback
from pathlib import Path
from typing import Any

from firepod import surroundings
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Generation, GenerationRef, Job, RunpodJob
from firepod.ports import Change, Transition
from firepod.protocol.runpod import Submission

NO_RUNPOD = (
    "nothing answers at RUNPOD_BASE_URL: `make runpod` starts the local RunPod;"
    " the generation waits for it"
)


def generation_queued(generation: Generation) -> None:
    _write(
        "INFO",
        "generation queued",
        **_ids(generation.ref),
        attempt=generation.attempt,
        task_type=generation.task_type,
    )


def job_submitted(job: Job, outcome: Submission) -> None:
    kind = type(outcome).__name__.lower()
    severity = {"accepted": "INFO", "refused": "ERROR"}.get(kind, "WARNING")
    message = f"RunPod submission {kind}"
    if getattr(outcome, "nobody_there", False) and surroundings.in_emulator():
        message = NO_RUNPOD
    _write(
        severity,
        message,
        **_ids(job.ref),
        attempt=job.attempt,
        endpoint_id=job.endpoint_id,
        runpod_job_id=getattr(outcome, "job_id", None),
        http_status=getattr(outcome, "http_status", None),
    )


def generation_ended(ended: Transition, source: str) -> None:
    """Only the one who won the transition logs the end."""
    generation = ended.after.generation
    if not ended.applied or generation is None:
        return
    severity = "WARNING" if generation.error_code else "INFO"
    _write(
        severity,
        f"generation {generation.status}",
        **_ids(generation.ref),
        attempt=generation.attempt,
        source=source,
        change=type(ended.change).__name__,
        error_code=generation.error_code,
        size_bytes=generation.size_bytes,
        **(generation.metrics or {}),
    )


def overtaken(ref: GenerationRef, change: Change) -> None:
    """A change that others were faster than, again and again, for as long as a call may last."""
    _write(
        "WARNING", "too many changes at the same time", **_ids(ref), change=type(change).__name__
    )


def generation_discarded(generation: Generation) -> None:
    _write("INFO", "generation discarded", **_ids(generation.ref), status=generation.status)


def sample_added(ref: GenerationRef, size_bytes: int) -> None:
    _write("INFO", "sample added", **_ids(ref), size_bytes=size_bytes)


def generations_expired(count: int) -> None:
    _write("INFO", "generations expired", count=count)


def uploads_expired(count: int) -> None:
    _write("INFO", "unused uploads expired", count=count)


def erasure_looked_at(user_id: str, *, found: int, over: bool) -> None:
    """What one look at an erasure has deleted; the user is one who asked to be forgotten."""
    _write("INFO", "user erased" if over else "erasing a user", user_id=user_id, found=found)


def task_not_queued(function: str, file_uid: str) -> None:
    _write(
        "WARNING",
        "task not queued; the next sweep finds the job",
        function=function,
        file_uid=file_uid,
    )


def job_orphaned(job: Job) -> None:
    _write("ERROR", "job without its generation", **_ids(job.ref), attempt=job.attempt)


def leftover_not_stopped(job: Job, leftover: RunpodJob) -> None:
    _write(
        "WARNING",
        "RunPod job not stopped yet",
        **_ids(job.ref),
        endpoint_id=leftover.endpoint_id,
        runpod_job_id=leftover.job_id,
    )


def callback_ignored(ref: GenerationRef, reason: str) -> None:
    _write("WARNING", "callback ignored", **_ids(ref), reason=reason)


def callback_rejected(http_status: int, reason: str) -> None:
    _write("WARNING", "callback rejected", http_status=http_status, reason=reason)


def swept(due: int, *, bounded: bool) -> None:
    if due:
        _write("INFO", "sweep found due jobs", due=due, more_to_come=bounded)


def budget_used_up(used: int, limit: int) -> None:
    _write("WARNING", "MAX_DAILY_TOTAL is used up until midnight UTC", used=used, limit=limit)


def misconfigured(problems: tuple[str, ...]) -> None:
    _write("ERROR", "Firepod is not set up: " + "; ".join(problems))


def given_up(ref: GenerationRef, attempt: int, *, to_clear: bool) -> None:
    """An operator has to see why; without `to_clear` files or a RunPod job may be left for ever."""
    message = "generation given up" if to_clear else "leftovers given up, clear them by hand"
    _write("ERROR", message, **_ids(ref), attempt=attempt)


def unreadable(path: str) -> None:
    """A document is not as ours are; it keeps what it holds, and nothing waits for it."""
    _write("ERROR", "unreadable document", document=path)


def failed(where: str, error: Exception) -> None:
    """Something that is tried again by itself and holds nothing else up."""
    if isinstance(error, Unavailable):
        _write("WARNING", f"{where}: not available now")
    else:
        unexpected(where, error)


def unexpected(where: str, error: BaseException) -> None:
    """A bug of ours: type and places of the error, not its text, which may hold anything."""
    places = [
        f"{frame.f_code.co_name} ({Path(frame.f_code.co_filename).name}:{line})"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    _write("ERROR", f"unexpected {type(error).__name__} in {where}", places=places[-12:])


def upload_not_bounded(cause: BaseException) -> None:
    _write(
        "ERROR",
        "upload URL not signed, so it bounds no size; the account of the functions needs"
        " roles/iam.serviceAccountTokenCreator on itself",
        cause=type(cause).__name__,
    )


def out_of_reach(where: str, cause: BaseException) -> None:
    """What stood behind an answer of ours, by its type: `Forbidden` is a role that is missing."""
    _write("WARNING", f"{type(cause).__name__} behind the answer of {where}")


def _ids(ref: GenerationRef) -> dict[str, str]:
    return {"user_id": ref.user_id, "media_type": str(ref.media_type), "file_uid": ref.file_uid}


def _write(severity: str, message: str, **fields: Any) -> None:
    # Imported here, because the worker uses this package without firebase_functions.
    from firebase_functions import logger

    entry: Any = {"severity": severity, "message": message}
    entry.update({key: value for key, value in fields.items() if value is not None})
    logger.write(entry)
