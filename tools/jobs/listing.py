"""`list`: the jobs that there are, the oldest first, and why one is called stuck."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from firepod.usecases.sweep import STUCK_AFTER
from tools.jobs.finding import Finder, Listed
from tools.jobs.stuck import ago, why_stuck

MOST_READ = 3000  # jobs that one call reads at most
COLUMNS = ("age", "status", "phase", "file_uid", "runpod_job_id", "next_look", "user_id", "stuck")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One job as it is told."""

    file_uid: str
    user_id: str
    media_type: str
    attempt: int | None
    status: str  #: of its generation; `gone` where there is none
    phase: str
    age_seconds: int | None  #: since the attempt was accepted
    check_at: str | None
    deadline_at: str | None
    checks: int | None
    endpoint_id: str
    runpod_job_id: str
    stuck: str  #: why; empty if it goes its way
    next_look: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows, and whether there may be more than were read."""

    rows: list[Row]
    read: int
    more: bool


def find(
    finder: Finder,
    now: datetime,
    *,
    user_id: str | None = None,
    status: str | None = None,
    older_than: timedelta = timedelta(),
    stuck_only: bool = False,
    limit: int,
) -> Listing:
    """The oldest jobs that fit; reads MOST_READ at most."""

    def fits(row: Row) -> bool:
        return status in {None, row.status, row.phase} and (bool(row.stuck) or not stuck_only)

    until, rows, read, seen = now - older_than, [], 0, set()
    for page in _pages(finder, now, until, user_id):
        read += len(page)
        for listed in page:
            if listed.file_uid in seen or not _accepted_until(listed, until):
                continue
            seen.add(listed.file_uid)
            row = row_of(listed, now)
            if fits(row):
                rows.append(row)
        if len(rows) > limit:
            break
    more = len(rows) > limit or read >= MOST_READ
    return Listing(rows[:limit], read, more)


def _pages(
    finder: Finder, now: datetime, until: datetime, user_id: str | None
) -> Iterator[list[Listed]]:
    if user_id is not None:
        yield finder.of_user(user_id, MOST_READ)
        return
    yield from finder.scan(until=until, most=MOST_READ)
    # What has lost the time at which it was accepted is in no order of those times.
    late = finder.overdue(now - STUCK_AFTER, MOST_READ)
    yield [one for one in late if not isinstance(one.document.get("created_at"), datetime)]


def _accepted_until(listed: Listed, until: datetime) -> bool:
    at = listed.document.get("created_at")
    return at <= until if isinstance(at, datetime) else True


def row_of(listed: Listed, now: datetime) -> Row:
    """What is told of a job, as far as its document can be read."""
    document, generation = listed.document, listed.generation

    def text(name: str) -> str:
        value = document.get(name)
        return value if isinstance(value, str) else ""

    def number(name: str) -> int | None:
        value = document.get(name)
        return value if isinstance(value, int) else None

    def time(name: str) -> datetime | None:
        value = document.get(name)
        return value if isinstance(value, datetime) else None

    accepted, check_at, deadline_at = time("created_at"), time("check_at"), time("deadline_at")
    return Row(
        file_uid=listed.file_uid,
        user_id=text("user_id"),
        media_type=text("media_type"),
        attempt=number("attempt"),
        status="gone" if generation is None else str(generation.get("status", "?")),
        phase=text("phase"),
        age_seconds=None if accepted is None else max(0, int((now - accepted).total_seconds())),
        check_at=None if check_at is None else check_at.isoformat(),
        deadline_at=None if deadline_at is None else deadline_at.isoformat(),
        checks=number("checks"),
        endpoint_id=text("endpoint_id"),
        runpod_job_id=text("runpod_job_id"),
        stuck=why_stuck(listed, now),
        next_look="" if check_at is None else _in(check_at - now),
    )


def _in(span: timedelta) -> str:
    return f"in {ago(span)}" if span > timedelta() else f"{ago(-span)} ago"


def as_json(listing: Listing) -> dict[str, Any]:
    """For programs."""
    rows = [asdict(row) for row in listing.rows]
    for row in rows:
        del row["next_look"]  # `check_at` says it
    return {"jobs": rows, "read": listing.read, "more": listing.more}


def told(listing: Listing, say: Callable[[str], None]) -> None:
    """A table for people."""
    if listing.rows:
        cells = [[_cell(row, name) for name in COLUMNS] for row in listing.rows]
        heads = [name.replace("_", " ").upper() for name in COLUMNS]
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        for line in (heads, *cells):
            padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
            say("  ".join(padded).rstrip())
    stuck = sum(bool(row.stuck) for row in listing.rows)
    say(f"{len(listing.rows)} jobs, {stuck} of them stuck; {listing.read} were read.")
    if listing.more:
        say("There may be more: narrow it with --user, --older-than, or a larger --limit.")


def _cell(row: Row, name: str) -> str:
    if name == "age":
        return "?" if row.age_seconds is None else ago(timedelta(seconds=row.age_seconds))
    return str(getattr(row, name)) or "-"
