"""`show`: everything that is known of one generation, wherever it is kept."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from firepod.domain import thumbs, timeline
from firepod.domain.errors import Unavailable
from firepod.domain.generation import GenerationRef, ListedFile, RunpodJob
from firepod.kinds import registry
from firepod.ports import Backend, Storage
from tools.jobs.difference import shown
from tools.jobs.finding import Finder, Found
from tools.jobs.log_lines import LogLine, Logs
from tools.jobs.place import Place
from tools.jobs.stuck import ago

MOST_FILES = 100
ASIDE = ("user_id", "media_type", "file_uid", "timeline", "events")
UNSHOWN = ("request_data", "metadata", "preview", "generation_data")  # what its user wrote or made


@dataclass(slots=True)
class Life:
    """What was found; sentences in `notes` say what could not be looked at."""

    file_uid: str
    ref: GenerationRef | None = None
    document: dict[str, Any] | None = None
    job: dict[str, Any] | None = None
    readable: bool = True  #: whether the backend can read both documents
    timeline: list[dict[str, Any]] = field(default_factory=list)
    lease_until: datetime | None = None
    used_today: int = 0
    files: list[ListedFile] = field(default_factory=list)
    runpod: list[dict[str, Any]] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(place: Place, file_uid: str, user_id: str | None) -> list[Life]:
    """The life of each generation of this id; one of logs alone where the database has none."""
    finder = Finder(place.client)
    found = finder.generations(file_uid, user_id)
    lives = [_stored(place, finder, one) for one in found] or [_of_logs_alone(file_uid)]
    since = min((at for one in lives if (at := _begun(one)) is not None), default=None)
    logs = place.read_logs(file_uid, since)
    for life in lives:
        _add_logs(life, logs, several=len(lives) > 1)
        life.runpod = _at_runpod(place, life)
    return lives


def _of_logs_alone(file_uid: str) -> Life:
    gone = "The database has no document and no job of this id: it was discarded, erased or"
    return Life(file_uid, notes=[f"{gone} never there. Only logs can tell."])


def _stored(place: Place, finder: Finder, found: Found) -> Life:
    ref, job = found.ref, found.job_document
    life = Life(ref.file_uid, ref, found.document, job)
    broken = found.document is not None and found.generation is None
    life.readable = not broken and not (job is not None and found.job is None)
    if not life.readable:
        life.notes.append("A document of it cannot be read by the backend; see its fields.")
    if found.document is None:
        life.notes.append("Its document is gone: it was discarded or erased; its job clears up.")
    life.timeline = _timeline(found)
    quota = finder.quota(ref.user_id)
    attempt = (found.document or job or {}).get("attempt", 1)
    leases = quota.get("leases", {})
    life.lease_until = leases.get(ref.file_uid if attempt == 1 else f"{ref.file_uid}:{attempt}")
    life.used_today = quota.get("used", 0)
    try:
        life.files = files_of(place.backend.storage, found)
    except Unavailable as error:
        life.notes.append(f"Storage: {error.message}")
    return life


def _timeline(found: Found) -> list[dict[str, Any]]:
    """What is known to have happened, in order of time."""
    return [
        {
            "event": str(one.event),
            "at": one.at,
            "attempt": one.attempt,
            **({"error_code": str(one.error_code)} if one.error_code else {}),
            **({"by": one.by} if one.by else {}),
        }
        for one in timeline.life_of(found.generation, found.job)
    ]


def files_of(storage: Storage, found: Found) -> list[ListedFile]:
    """Its objects in Storage, those of older attempts and thumbs, too."""
    ref = found.ref
    folder, uid = registry.folder(ref), ref.file_uid
    prefixes = [folder]
    if uid not in folder.split("/"):  # the folder is of all the user's
        thumb = f"{thumbs.THUMBS}{ref.user_id}/{uid}_"
        prefixes = [f"{folder}{uid}.", f"{folder}{uid}_", thumb]
    return [one for prefix in prefixes for one in storage.listing(prefix, limit=MOST_FILES)]


def _add_logs(life: Life, logs: Logs, *, several: bool) -> None:
    life.logs = logs.lines
    if logs.note:
        life.notes.append(f"Logs: {logs.note}")
    elif not logs.lines:
        life.notes.append("Logs: no line names it.")
    if several:
        life.notes.append("Several users have one of this id; name one with --user.")


def _at_runpod(place: Place, life: Life) -> list[dict[str, Any]]:
    """What RunPod says now of each job of it whose id is known, by its job or by the logs."""
    jobs = _runpod_jobs(life)
    if jobs and not place.looks_here:
        life.notes.append("RunPod: RUNPOD_API_KEY is not set here, so it cannot be asked.")
    return [
        {
            "endpoint_id": one.endpoint_id,
            "job_id": one.job_id,
            **(_status(place.backend, one) if place.looks_here else {}),
        }
        for one in jobs
    ]


def _runpod_jobs(life: Life) -> list[RunpodJob]:
    job = life.job or {}
    known = [(job.get("endpoint_id"), job.get("runpod_job_id"))]
    known += [(one.get("endpoint_id"), one.get("job_id")) for one in job.get("leftovers", ())]
    logged = [line.fields for line in life.logs]
    known += [(one.get("endpoint_id"), one.get("runpod_job_id")) for one in logged]
    pairs = [(one, other) for one, other in known if isinstance(one, str) and one]
    return [RunpodJob(one, other) for one, other in dict.fromkeys(pairs) if isinstance(other, str)]


def _status(backend: Backend, job: RunpodJob) -> dict[str, Any]:
    try:
        report = backend.gpu.status(job.endpoint_id, job.job_id)
    except Unavailable as error:
        return {"error": error.message}
    return {"status": str(report.status), **report.metrics}


def _begun(life: Life) -> datetime | None:
    at = (life.document or life.job or {}).get("created_at")
    return at if isinstance(at, datetime) else None


def as_json(life: Life) -> dict[str, Any]:
    """For programs; without what its user wrote."""
    document = _without(life.document)
    return {
        "file_uid": life.file_uid,
        "path": None if life.ref is None else life.ref.path,
        "document": document,
        "timeline": life.timeline,
        "job": _without(life.job),
        "quota": {"lease_until": life.lease_until, "used_today": life.used_today},
        "files": [asdict(one) for one in life.files],
        "runpod": life.runpod,
        "logs": [asdict(one) for one in life.logs],
        "notes": life.notes,
    }


def _without(document: dict[str, Any] | None) -> dict[str, Any] | None:
    if document is None:
        return None
    kept = (*UNSHOWN, "claim", "uploads", "timeline", "events")
    return {name: value for name, value in document.items() if name not in kept}


def told(life: Life, say: Callable[[str], None]) -> None:
    """For people."""
    say(life.ref.path if life.ref is not None else life.file_uid)
    for title, document in (("Document", life.document), ("Job", life.job)):
        if document is not None:
            say(f"\n{title}")
            for name in sorted(set(document) - {*ASIDE, *UNSHOWN}):
                say(f"  {name:<18} {shown(name, document[name])}")
    _tell_timeline(life, say)
    if life.ref is not None:
        place = "none" if life.lease_until is None else f"taken until {_time(life.lease_until)}"
        say(f"\nQuota of its user\n  place {place}; {life.used_today} units used on its last day")
        say(f"\nFiles in Storage: {len(life.files)}")
        for file in life.files:
            say(f"  {file.size_bytes:>10} bytes  {file.content_type:<11} {file.path}")
    _tell_runpod(life, say)
    _tell_logs(life, say)
    for note in life.notes:
        say(f"\n{note}")


def _tell_runpod(life: Life, say: Callable[[str], None]) -> None:
    if not life.runpod:
        return
    say("\nAt RunPod now")
    for one in life.runpod:
        rest = {name: value for name, value in one.items() if name.endswith("_ms")}
        words = [str(one.get("status") or one.get("error") or "not asked")]
        words += [f"{name} {value}" for name, value in rest.items()]
        say(f"  {one['endpoint_id']}/{one['job_id']}  {', '.join(words)}")


def _tell_logs(life: Life, say: Callable[[str], None]) -> None:
    if not life.logs:
        return
    say("\nLogs")
    for line in life.logs:
        fields = " ".join(f"{name}={value}" for name, value in line.fields.items())
        say(f"  {line.at[:23]:<23} {line.event or line.message} {fields}".rstrip())


def _tell_timeline(life: Life, say: Callable[[str], None]) -> None:
    if not life.timeline:
        return
    say("\nTimeline")
    before = life.timeline[0]["at"]
    for one in life.timeline:
        by = f"by {one['by']}" if "by" in one else ""
        after = "" if one["at"] == before else f"  +{_span(one['at'] - before)}"
        event = " ".join(filter(None, (one["event"], one.get("error_code"), by)))
        say(f"  {_time(one['at'])}  attempt {one['attempt']}  {event:<32}{after}".rstrip())
        before = one["at"]


def _span(span: timedelta) -> str:
    return f"{span.total_seconds():.1f} s" if span < timedelta(minutes=1) else ago(span)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
