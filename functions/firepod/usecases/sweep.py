"""Find what is due: jobs to look after, users to erase, and what has expired."""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from firepod import logs
from firepod.domain import looks
from firepod.domain.generation import Job
from firepod.ports import Backend
from firepod.usecases.steps.alone import alone
from firepod.usecases.steps.count import count_units
from firepod.usecases.steps.expire import expire
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.queueing import later

MAX_ERASURES = 50
MAX_JOBS = 1000  # per run; the oldest first, the rest in the next minute
JOBS_SECONDS = 45  # of the two minutes that a run has; a slow queue leaves the others theirs
STUCK_AFTER = timedelta(minutes=2)  # by then a look that was queued has moved `check_at`


def sweep(backend: Backend) -> int:
    """Look after what is due, then delete what has expired; returns how many jobs were due.

    Each part stands alone, and each job in it: what fails comes again in the next minute, and
    holds nothing else up.
    """
    alone("counting all units", lambda: count_units(backend), None)
    due = alone("looking after the due jobs", lambda: _look_after_jobs(backend), 0)
    alone("going on with erasures", lambda: _go_on_erasing(backend), None)
    expire(backend)
    return due


def _look_after_jobs(backend: Backend) -> int:
    now = backend.clock.now()
    due = backend.store.due_jobs(now, MAX_JOBS)
    for job in _by_turns(due):
        if backend.clock.now() - now > timedelta(seconds=JOBS_SECONDS):
            break
        _look_after(backend, job, now, crowded=len(due) == MAX_JOBS)
    logs.sweep_finished(due, backend.clock.now(), more_to_come=len(due) == MAX_JOBS)
    return len(due)


def _by_turns(jobs: Iterable[Job]) -> list[Job]:
    """One of each user, then a second one of each: nobody waits for all that another one has."""
    count: defaultdict[str, int] = defaultdict(int)
    turns = []
    for job in jobs:
        turns.append((count[job.user_id], job))
        count[job.user_id] += 1
    return [job for _, job in sorted(turns, key=lambda turn: turn[0])]


def _look_after(backend: Backend, job: Job, now: datetime, *, crowded: bool) -> None:
    """Have one job looked after, or end it; in either case it does not stay at the head."""
    uid, unit = job.file_uid, timedelta(seconds=backend.settings.reconcile_after_seconds)
    later = looks.next_look(job, now, unit)
    ended = looks.is_hopeless(job) and alone(
        f"giving up job {uid}", lambda: _give_up(backend, job, now), otherwise=False
    )
    if ended:
        return
    if now - job.check_at >= STUCK_AFTER:
        # No look has begun all this time. One still may, but the job leaves the head of the line.
        moment = later if crowded else now
        alone(f"moving job {uid}", lambda: backend.store.set_aside(uid, moment), None)
    if not alone(f"queueing job {uid}", lambda: _queue_look(backend, job, now), otherwise=False):
        alone(f"setting job {uid} aside", lambda: backend.store.set_aside(uid, later), None)


def _queue_look(backend: Backend, job: Job, now: datetime) -> bool:
    """Queue a `reconcile` task.

    Its name is hashed from the job, its due time and the minute: two sweeps at one time name one
    look alike, so that the queue drops the second, but a look that was lost is queued again in the
    next minute. Hashed names do not sort together, which would be a hot spot of Cloud Tasks.
    """
    look = f"{job.file_uid}.{job.attempt}.{job.check_at.isoformat()}.{now:%Y%m%d%H%M}"
    name = hashlib.sha256(look.encode()).hexdigest()
    return later(backend, "reconcile", {"file_uid": job.file_uid}, name=name)


def _give_up(backend: Backend, job: Job, now: datetime) -> bool:
    """End what no look could end; whether that was it."""
    ended = backend.store.transition(
        job.ref,
        looks.GivenUp(job.attempt, now=now, expires_at=expiry(backend, now)),
    )
    if ended.applied:
        logs.given_up(job.ref, job.attempt, to_clear=ended.after.job is not None)
    return ended.applied


def _go_on_erasing(backend: Backend) -> None:
    now = backend.clock.now()
    for user_id in backend.store.due_erasures(now, MAX_ERASURES):
        look = f"erase.{user_id}.{now:%Y%m%d%H%M}"
        name = hashlib.sha256(look.encode()).hexdigest()
        step = functools.partial(later, backend, "reconcile", {"user_id": user_id}, name=name)
        alone("queueing a step of an erasure", step, otherwise=False)
