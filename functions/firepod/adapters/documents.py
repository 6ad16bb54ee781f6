"""Firestore documents of the domain's values, both ways; no I/O.

A field that is None is absent. Times of a generation that a change sets are written as server
timestamps, so that an app's clock questions have one answer.
"""

import contextlib
import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from firepod.domain.budget import Total
from firepod.domain.generation import (
    ErrorCode,
    Event,
    Generation,
    GenerationRef,
    Happened,
    Job,
    MediaType,
    Output,
    Phase,
    RunpodJob,
    Status,
)
from firepod.domain.owned import Erasure, UploadRound
from firepod.domain.quota import Quota
from firepod.domain.records import Key

SERVER_TIMES = frozenset({"created_at", "modified", "started_at", "completed_at"})
FIELDS = {
    "generation": {f.name for f in fields(Generation)},
    "job": {f.name for f in fields(Job)},
    "quota": {f.name for f in fields(Quota)},
    "key": {f.name for f in fields(Key)},
}
_JOB_TYPES = {
    str: ("user_id", "file_uid", "endpoint_id", "model", "dialect"),
    int: ("attempt", "checks"),
    datetime: ("created_at", "check_at", "deadline_at"),
    bool: ("stray",),
    str | None: ("runpod_job_id", "claim"),
}

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Unreadable(ValueError):
    """A document that is not as ours are: a part is missing, or is of another type."""


def _reading(parse: Callable[_P, _R]) -> Callable[_P, _R]:
    @functools.wraps(parse)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return parse(*args, **kwargs)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unreadable from None  # the error's text may hold what the document does

    return reading


def generation_document(generation: Generation) -> dict[str, Any]:
    data = _present({f.name: getattr(generation, f.name) for f in fields(Generation)})
    return _with_events(data, "timeline", generation.timeline)


@_reading
def parse_generation(data: dict[str, Any], path: str) -> Generation:
    """A generation from its document at `generations/{user_id}/{media_type}/{file_uid}`.

    Who and what it is stands in the path. A document that an app's own function wrote, for a job
    that it sent to RunPod by itself, may hold little more than its status and the request.
    """
    ref = parse_path(path)
    values = {name: value for name, value in data.items() if name in FIELDS["generation"]}
    values |= {
        "user_id": ref.user_id,
        "media_type": ref.media_type,
        "file_uid": ref.file_uid,
        "status": Status(values["status"]),
        "task_type": values.get("task_type", ""),
        "request_data": values.get("request_data", {}),
        "timeline": _events(data.get("timeline")),
    }
    if "error_code" in values:
        values["error_code"] = ErrorCode(values["error_code"])
    return Generation(**values)


def job_document(job: Job) -> dict[str, Any]:
    data = _present({f.name: getattr(job, f.name) for f in fields(Job)})
    data["outputs"] = [{"path": o.path, "content_type": o.content_type} for o in job.outputs]
    if job.uploads:
        data["uploads"] = list(job.uploads)
    else:
        del data["uploads"]
    data["leftovers"] = [{"endpoint_id": r.endpoint_id, "job_id": r.job_id} for r in job.leftovers]
    return _with_events(data, "events", job.events)


@_reading
def parse_job(data: dict[str, Any]) -> Job:
    values = {name: value for name, value in data.items() if name in FIELDS["job"]}
    job = Job(
        **values
        | {
            "media_type": MediaType(data["media_type"]),
            "phase": Phase(data["phase"]),
            "outputs": tuple(Output(o["path"], o["content_type"]) for o in data["outputs"]),
            "uploads": tuple(data.get("uploads", ())),  # older documents have none
            "leftovers": tuple(RunpodJob(r["endpoint_id"], r["job_id"]) for r in data["leftovers"]),
            "events": _events(data.get("events")),
        }
    )
    for kind, names in _JOB_TYPES.items():
        if not all(isinstance(getattr(job, name), kind) for name in names):
            raise Unreadable
    return job


def parse_path(path: str) -> GenerationRef:
    """Which generation the document at `generations/{user_id}/{media_type}/{file_uid}` is."""
    _, user_id, media_type, file_uid = path.split("/")[-4:]
    return GenerationRef(user_id, MediaType(media_type), file_uid)


def expiration_path(path: str) -> str:
    """Where a generation stands in the list of what expires; hashed, as file_uids may repeat."""
    return f"expirations/{hashlib.sha256(path.encode()).hexdigest()}"


def expiration_document(ref: GenerationRef, expires_at: datetime) -> dict[str, Any]:
    return {
        "user_id": ref.user_id,
        "media_type": str(ref.media_type),
        "file_uid": ref.file_uid,
        "expires_at": expires_at,
    }


@_reading
def parse_expiration(data: dict[str, Any]) -> GenerationRef:
    ref = GenerationRef(data["user_id"], MediaType(data["media_type"]), data["file_uid"])
    if parse_path(ref.path) != ref:  # as where a part holds a slash
        raise Unreadable
    return ref


def quota_document(quota: Quota) -> dict[str, Any]:
    return {"leases": quota.leases, "day": quota.day, "used": quota.used}


def parse_quota(data: dict[str, Any]) -> Quota:
    return Quota(dict(data["leases"]), data["day"], data["used"])


def key_document(key: Key) -> dict[str, Any]:
    return {f.name: getattr(key, f.name) for f in fields(Key)}


def parse_key(data: dict[str, Any]) -> Key:
    return Key(**data)


def erasure_document(erasure: Erasure) -> dict[str, Any]:
    return {f.name: getattr(erasure, f.name) for f in fields(Erasure)}


def parse_erasure(data: dict[str, Any]) -> Erasure:
    return Erasure(**data)


def round_document(upload_round: UploadRound) -> dict[str, Any]:
    return _present({f.name: getattr(upload_round, f.name) for f in fields(UploadRound)})


def parse_round(data: dict[str, Any]) -> UploadRound:
    return UploadRound(**data)


def total_document(total: Total) -> dict[str, Any]:
    return {f.name: getattr(total, f.name) for f in fields(Total)}


def parse_total(data: dict[str, Any]) -> Total:
    return Total(**data)


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, StrEnum) else value
        for name, value in values.items()
        if value is not None
    }


def _with_events(data: dict[str, Any], name: str, events: Sequence[Happened]) -> dict[str, Any]:
    """A document with its events as a list of maps, or without a list where there are none."""
    data[name] = [_present({f.name: getattr(one, f.name) for f in fields(one)}) for one in events]
    if not events:
        del data[name]
    return data


def _events(found: object) -> tuple[Happened, ...]:
    """Events as they are stored; what is none of ours is left out, and stops nothing."""
    events = []
    for one in found if isinstance(found, list) else ():
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            event, code = Event(one["event"]), one.get("error_code")
            if isinstance(one["at"], datetime) and isinstance(one["attempt"], int):
                known = None if code is None else ErrorCode(code)
                events.append(Happened(event, one["at"], one["attempt"], known, one.get("by")))
    return tuple(events)


def changed_times(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The times of a generation that a change has set."""
    return {
        name
        for name in SERVER_TIMES
        if isinstance(after.get(name), datetime) and after[name] != before.get(name)
    }
