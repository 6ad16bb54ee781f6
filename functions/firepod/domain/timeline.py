"""What has happened to a generation: told from what a change has found and left, and kept with it.

The store asks `told` in each transition, so that no change can forget to tell. What happens to the
job alone waits in its `events` until the generation is written anyway; so keeping it costs neither
a document nor a round trip.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from firepod.domain.generation import Event, Generation, Happened, Job, Phase, Status
from firepod.domain.records import Records

FIRST, NEWEST = 10, 30  # what stays of more events than that
_PUT_OFF = {Phase.WAITING: Event.WAITING, Phase.UNKNOWN: Event.UNKNOWN}
_BEGINNINGS = {Event.QUEUED, Event.RETRIED}
WORKER = "worker"
_ENDS = {
    Status.COMPLETED: Event.COMPLETED,
    Status.FAILED: Event.FAILED,
    Status.CANCELLED: Event.CANCELLED,
}


class Told(NamedTuple):
    """What a change has left, with its events kept in it, and these events."""

    records: Records
    events: tuple[Happened, ...]


def told(before: Records, after: Records, now: datetime, by: str | None = None) -> Told:
    """What a change did at a time, and who wrote it; `now` is the database's."""
    events = tuple(replace(one, by=by) for one in _happened(before, after, now))
    generation, job = after.generation, after.job
    if not _is_kept(before, events):
        return Told(after, events)
    if generation is not None and generation is not before.generation:
        known = () if before.generation is None else before.generation.timeline
        waiting = () if before.job is None else before.job.events
        generation = replace(generation, timeline=_together(known, waiting, events))
        if job is not None and job is not before.job:
            job = replace(job, events=())
    elif events and job is not None:
        job = replace(job, events=_together(job.events, events))
    return Told(replace(after, generation=generation, job=job), events)


def life_of(generation: Generation | None, job: Job | None) -> tuple[Happened, ...]:
    """All that is known to have happened, in the order of time.

    Where an older version has written no events, the document's times tell the most of it.
    """
    known = _together(
        () if generation is None else generation.timeline, () if job is None else job.events
    )
    there = {(one.event, one.attempt) for one in known}
    # Of attempts before this one nobody has kept the times.
    missing = [one for one in _by_times(generation, job) if (one.event, one.attempt) not in there]
    return tuple(sorted([*known, *missing], key=lambda one: one.at))


def seconds_of(generation: Generation, job: Job | None, one: Happened) -> dict[str, float]:
    """How long an attempt waited, ran and took, as far as an event ends these; none else.

    `queue_seconds` from its acceptance to the first claim, `run_seconds` from there to the end,
    `total_seconds` both and what no worker has begun.
    """
    if one.event is not Event.CLAIMED and one.event not in _ENDS.values():
        return {}
    mine = [event for event in generation.timeline if event.attempt == one.attempt]
    begun = next((event.at for event in mine if event.event is Event.CLAIMED), None)
    accepted = next((event.at for event in mine if event.event in _BEGINNINGS), None)
    if accepted is None and job is not None and job.attempt == one.attempt:
        accepted = job.created_at
    if one.event is Event.CLAIMED and begun not in {None, one.at}:
        return {}  # another run has taken over, and the waiting was told before
    begun = begun or generation.started_at
    spans = {"queue_seconds": (accepted, begun)}
    if one.event is not Event.CLAIMED:
        spans |= {"run_seconds": (begun, one.at), "total_seconds": (accepted, one.at)}
    return {
        name: max(0.0, round((end - start).total_seconds(), 3))
        for name, (start, end) in spans.items()
        if start is not None and end is not None
    }


def end_by_worker(generation: Generation) -> Happened | None:
    """How a worker with credentials has ended it by itself, if it has; no log of ours tells it."""
    last = generation.timeline[-1] if generation.timeline else None
    ended = last is not None and last.event in _ENDS.values() and last.by == WORKER
    return last if ended else None


def _happened(before: Records, after: Records, now: datetime) -> Iterator[Happened]:
    old, new, job = before.generation, after.generation, after.job
    if new is not None and (old is None or new.attempt > old.attempt):
        old = None  # of this attempt nothing was there
        if new.status is Status.QUEUED:
            yield Happened(_begin(new.attempt), now, new.attempt)
    if job is not None:
        for event in _of_job(before, job):
            yield Happened(event, now, job.attempt)
    if new is None:
        if old is not None:
            yield Happened(Event.DISCARDED, now, old.attempt)
        return
    began = old is None or old.status is not Status.PROCESSING
    # A claim where there was none is of the run that RunPod has told of before.
    if new.status is Status.PROCESSING and (began or _claim(before) not in {None, _claim(after)}):
        yield Happened(Event.CLAIMED, now, new.attempt)
    if new.status in _ENDS and (old is None or not old.status.terminal):
        yield Happened(_ENDS[new.status], now, new.attempt, new.error_code)


def _of_job(before: Records, job: Job) -> Iterator[Event]:
    was = before.job if before.job is not None and before.job.attempt == job.attempt else None
    if job.runpod_job_id is not None and (was is None or was.runpod_job_id is None):
        yield Event.SUBMITTED
    put_off = _PUT_OFF.get(job.phase)
    # It waits until it is handed on: each try that fails again is nothing new.
    if put_off and was is not None and was.phase is not job.phase and put_off is not _last(before):
        yield put_off


def _last(records: Records) -> Event | None:
    generation, job = records.generation, records.job
    known = _together(
        () if generation is None else generation.timeline, () if job is None else job.events
    )
    return known[-1].event if known else None


def _begin(attempt: int) -> Event:
    return Event.QUEUED if attempt == 1 else Event.RETRIED


def _claim(records: Records) -> str | None:
    return None if records.job is None else records.job.claim


def _is_kept(before: Records, events: Iterable[Happened]) -> bool:
    """Whether a timeline is there, or begins; a document that an older version began has none.

    That version may be at work still, and could not change what holds a field more.
    """
    if before.generation is None or before.job is None:
        return True
    begins = any(one.event is Event.RETRIED for one in events)
    return begins or bool(before.generation.timeline)


def _together(*parts: Iterable[Happened]) -> tuple[Happened, ...]:
    """All of them once; of very many the first ones and the newest."""
    known = tuple(dict.fromkeys(one for part in parts for one in part))
    return known if len(known) <= FIRST + NEWEST else (*known[:FIRST], *known[-NEWEST:])


def _by_times(generation: Generation | None, job: Job | None) -> Iterator[Happened]:
    if job is not None and job.attempt > 1:
        yield Happened(_begin(job.attempt), job.created_at, job.attempt)
    if generation is None:
        return
    attempt = generation.attempt
    if generation.created_at is not None:
        yield Happened(Event.QUEUED, generation.created_at, 1)
    if generation.started_at is not None:
        yield Happened(Event.CLAIMED, generation.started_at, attempt)
    if generation.status in _ENDS and generation.completed_at is not None:
        end = _ENDS[generation.status]
        yield Happened(end, generation.completed_at, attempt, generation.error_code)
