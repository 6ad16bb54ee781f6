"""The log events, by name. They carry ids, never tokens, prompts, URLs or a provider's raw text.

Each line has its name in `event`, which metrics, alerts and `tools.jobs` go by, and the trace of
the request that it was written for. What a change of a generation did is told in one place,
`transition`, which the store calls with each change that it has written.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from firepod import surroundings
from firepod.domain.errors import ResourceExhausted, Unavailable
from firepod.domain.generation import (
    Event,
    Generation,
    GenerationRef,
    Happened,
    Job,
    Phase,
    RunpodJob,
)
from firepod.domain.timeline import WORKER, seconds_of
from firepod.log_line import write
from firepod.ports import Change, Transition
from firepod.protocol.runpod import Accepted, NotReached, Refused, Submission

NO_RUNPOD = (
    "nothing answers at RUNPOD_BASE_URL: `make runpod` starts the local RunPod;"
    " the generation waits for it"
)
# What is not here, each call of /run tells by itself, with what RunPod has answered.
TRANSITIONS = {
    Event.QUEUED: "generation_queued",
    Event.RETRIED: "generation_retried",
    Event.SUBMITTED: "generation_submitted",
    Event.CLAIMED: "generation_claimed",
    Event.COMPLETED: "generation_completed",
    Event.FAILED: "generation_failed",
    Event.CANCELLED: "generation_cancelled",
    Event.DISCARDED: "generation_discarded",
}
EVENTS = frozenset(TRANSITIONS.values()) | {
    "budget_refused",
    "budget_used_up",
    "callback_ignored",
    "callback_rejected",
    "change_overtaken",
    "document_unreadable",
    "erasure_looked_at",
    "generations_expired",
    "given_up",
    "job_orphaned",
    "misconfigured",
    "out_of_reach",
    "quota_refused",
    "runpod_not_stopped",
    "runpod_refused",
    "runpod_unavailable",
    "runpod_unknown",
    "sample_added",
    "sweep_finished",
    "task_not_queued",
    "unavailable",
    "unexpected",
    "upload_not_bounded",
    "uploads_expired",
}


def transition(made: Transition) -> None:
    """What a change did, one line for each event; only the one who has written it tells it."""
    generation = made.after.generation or made.before.generation
    job = made.after.job or made.before.job
    if generation is not None:
        for one in made.events:
            _happened(generation, job, one, change=type(made.change).__name__)


def ended_by_worker(generation: Generation, end: Happened) -> None:
    """A worker with credentials has ended it; what it wrote by itself stands in no log of ours."""
    _happened(generation, None, end, change="")


def _happened(generation: Generation, job: Job | None, one: Happened, change: str) -> None:
    name = TRANSITIONS.get(one.event)
    if name is None:
        return
    known: dict[str, Any] = {}
    if one.event is Event.SUBMITTED and job is not None:
        known = {"endpoint_id": job.endpoint_id, "runpod_job_id": job.runpod_job_id}
    elif generation.status.terminal and one.event == str(generation.status):
        known = {"size_bytes": generation.size_bytes, **(generation.metrics or {})}
    write(
        name,
        "WARNING" if one.event is Event.FAILED else "INFO",
        name.replace("_", " "),
        **_ids(generation.ref),
        attempt=one.attempt,
        task_type=generation.task_type or None,
        model=(job.model if job is not None else None) or generation.model,
        change=change or None,
        by=one.by if one.by == WORKER else None,
        error_code=one.error_code,
        **seconds_of(generation, job, one),
        **known,
    )


def job_submitted(job: Job, outcome: Submission) -> None:
    """What came of one call of /run; that RunPod has a job is told by its transition."""
    if isinstance(outcome, Accepted) or outcome == Refused(0):
        return  # what could not even be sent is a failure like any other
    fields = {
        **_ids(job.ref),
        "attempt": job.attempt,
        "model": job.model or None,
        "endpoint_id": job.endpoint_id,
        "http_status": outcome.http_status or None,
    }
    if isinstance(outcome, NotReached):
        local = outcome.nobody_there and surroundings.in_emulator()
        message = NO_RUNPOD if local else "RunPod takes no jobs now; it is tried again"
        write("runpod_unavailable", "WARNING", message, **fields)
    elif isinstance(outcome, Refused):
        write("runpod_refused", "ERROR", "RunPod refused a job", **fields)
    else:
        write("runpod_unknown", "WARNING", "RunPod did not say whether it has a job", **fields)


def overtaken(ref: GenerationRef, change: Change) -> None:
    """A change that others were faster than, again and again, for as long as a call may last."""
    name, message = type(change).__name__, "too many changes at the same time"
    write("change_overtaken", "WARNING", message, **_ids(ref), change=name)


def sample_added(ref: GenerationRef, size_bytes: int) -> None:
    write("sample_added", "INFO", "sample added", **_ids(ref), size_bytes=size_bytes)


def generations_expired(count: int) -> None:
    write("generations_expired", "INFO", "generations expired", count=count)


def uploads_expired(count: int) -> None:
    write("uploads_expired", "INFO", "unused uploads expired", count=count)


def erasure_looked_at(user_id: str, *, found: int, over: bool) -> None:
    """What one look at an erasure has deleted; the user is one who asked to be forgotten."""
    message = "user erased" if over else "erasing a user"
    write("erasure_looked_at", "INFO", message, user_id=user_id, found=found, over=over)


def task_not_queued(function: str, file_uid: str) -> None:
    message = "task not queued; the next sweep finds the job"
    write("task_not_queued", "WARNING", message, queue=function, file_uid=file_uid)


def job_orphaned(job: Job) -> None:
    message = "job without its generation"
    write("job_orphaned", "ERROR", message, **_ids(job.ref), attempt=job.attempt)


def leftover_not_stopped(job: Job, leftover: RunpodJob) -> None:
    write(
        "runpod_not_stopped",
        "WARNING",
        "RunPod job not stopped yet",
        **_ids(job.ref),
        endpoint_id=leftover.endpoint_id,
        runpod_job_id=leftover.job_id,
    )


def callback_ignored(ref: GenerationRef, reason: str) -> None:
    write("callback_ignored", "WARNING", "callback ignored", **_ids(ref), reason=reason)


def callback_rejected(http_status: int, reason: str, ask: str) -> None:
    """`ask`: claim or progress, which workers send to the same URL; or callback."""
    fields = {"http_status": http_status, "reason": reason, "ask": ask or "callback"}
    write("callback_rejected", "WARNING", "callback rejected", **fields)


def refused(error: ResourceExhausted, user_id: str) -> None:
    """A limit of a user or of all users. Of calls a second none is told: a flood is no news."""
    if error.limit_name == "MAX_DAILY_TOTAL":
        name, severity = "budget_refused", "WARNING"
    elif error.limit_name:
        name, severity = "quota_refused", "INFO"
    else:
        return
    details = error.details or {}
    write(
        name,
        severity,
        f"refused by {error.limit_name}",
        limit=error.limit_name,
        allowed=details.get("limit"),
        used=details.get("used"),
        user_id=user_id or None,
    )


def sweep_finished(due: Sequence[Job], now: datetime, *, more_to_come: bool) -> None:
    """Written by each sweep: that no line comes is the alarm. Ages in seconds; 0: nothing is due.

    Every job that has not ended is due once in five times RECONCILE_AFTER_SECONDS at least.
    """
    live = [job.created_at for job in due if job.phase is not Phase.STOPPING]
    write(
        "sweep_finished",
        "INFO" if due else "DEBUG",
        "sweep found due jobs" if due else "sweep found nothing due",
        due=len(due),
        more_to_come=more_to_come,
        oldest_due_seconds=_age(min((job.check_at for job in due), default=now), now),
        oldest_job_seconds=_age(min(live, default=now), now),
    )


def budget_used_up(used: int, limit: int) -> None:
    message = "MAX_DAILY_TOTAL is used up until midnight UTC"
    write("budget_used_up", "WARNING", message, used=used, allowed=limit)


def misconfigured(problems: tuple[str, ...]) -> None:
    write("misconfigured", "ERROR", "Firepod is not set up: " + "; ".join(problems))


def given_up(ref: GenerationRef, attempt: int, *, to_clear: bool) -> None:
    """An operator has to see why; without `to_clear` files or a RunPod job may be left for ever."""
    message = "generation given up" if to_clear else "leftovers given up, clear them by hand"
    write("given_up", "ERROR", message, **_ids(ref), attempt=attempt, to_clear=to_clear)


def unreadable(path: str) -> None:
    """A document is not as ours are; it keeps what it holds, and nothing waits for it."""
    write("document_unreadable", "ERROR", "unreadable document", document=path)


def failed(where: str, error: Exception) -> None:
    """Something that is tried again by itself and holds nothing else up."""
    if isinstance(error, Unavailable):
        write("unavailable", "WARNING", f"{where}: not available now", where=where)
    else:
        unexpected(where, error)


def unexpected(where: str, error: BaseException) -> None:
    """A bug of ours: type and places of the error, not its text, which may hold anything."""
    places = [
        f"{frame.f_code.co_name} ({Path(frame.f_code.co_filename).name}:{line})"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    kind = type(error).__name__
    fields = {"where": where, "error": kind, "places": places[-12:]}
    write("unexpected", "ERROR", f"unexpected {kind} in {where}", **fields)


def upload_not_bounded(cause: BaseException) -> None:
    message = (
        "upload URL not signed, so it bounds no size; the account of the functions needs"
        " roles/iam.serviceAccountTokenCreator on itself"
    )
    write("upload_not_bounded", "ERROR", message, cause=type(cause).__name__)


def out_of_reach(where: str, cause: BaseException) -> None:
    """What stood behind an answer of ours, by its type: `Forbidden` is a role that is missing."""
    kind = type(cause).__name__
    message = f"{kind} behind the answer of {where}"
    write("out_of_reach", "WARNING", message, where=where, cause=kind)


def _ids(ref: GenerationRef) -> dict[str, str]:
    return {"user_id": ref.user_id, "media_type": str(ref.media_type), "file_uid": ref.file_uid}


def _age(since: datetime, now: datetime) -> int:
    return max(0, round((now - since).total_seconds()))
