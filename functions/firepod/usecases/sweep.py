"""Find what is due: jobs to look after, users to erase, and what has expired."""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from firepod import logs
from firepod.domain.generation import Job
from firepod.ports import Backend
from firepod.usecases.steps.alone import alone
from firepod.usecases.steps.count import count_units
from firepod.usecases.steps.expire import expire
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.queueing import later

MAX_ERASURES = 50
MAX_JOBS = 4000  # per run, less than half of what the queue dispatches in a minute; docs/scale.md
LATEST_JOBS = 1000  # of them, when more are due: what became due last waits for no outage to end
CROWD = 500  # from so many on, the queue may need longer than a minute for all of them
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
    due, more = _due(backend, now)
    crowded = len(due) >= CROWD
    looks = [
        functools.partial(_look_in_time, backend, job, now, crowded=crowded)
        for job in _by_turns(due)
    ]
    if alone("looking after them at once", lambda: backend.queue.together(looks), None) is None:
        for look in looks:  # no threads are to be had; each look names its task as before
            alone("looking after a job", look, None)
    logs.sweep_finished(due, backend.clock.now(), more_to_come=more)
    return len(due)


def _due(backend: Backend, now: datetime) -> tuple[Sequence[Job], bool]:
    """The jobs of this run, and whether more are due.

    Those of both ends, one of each in turn: after an outage the oldest get through, however much
    comes due meanwhile, and what comes due meanwhile does not stand behind all of them.
    """
    oldest = backend.store.due_jobs(now, MAX_JOBS)
    if len(oldest) < MAX_JOBS:
        return oldest, False
    latest = backend.store.due_jobs(now, LATEST_JOBS, latest=True)
    both = chain.from_iterable(zip_longest(oldest[: MAX_JOBS - LATEST_JOBS], latest))
    return list({job.file_uid: job for job in both if job is not None}.values()), True


def _by_turns(jobs: Iterable[Job]) -> list[Job]:
    """One of each user, then a second one of each: nobody waits for all that another one has."""
    count: defaultdict[str, int] = defaultdict(int)
    turns = []
    for job in jobs:
        turns.append((count[job.user_id], job))
        count[job.user_id] += 1
    return [job for _, job in sorted(turns, key=lambda turn: turn[0])]


def _look_in_time(backend: Backend, job: Job, now: datetime, *, crowded: bool) -> None:
    """Have one job looked after, unless this run has used up its time."""
    if backend.clock.now() - now <= timedelta(seconds=JOBS_SECONDS):
        _look_after(backend, job, now, crowded=crowded)


def _look_after(backend: Backend, job: Job, now: datetime, *, crowded: bool) -> None:
    """Have one job looked after, or end it; in either case it does not stay at the head."""
    from firepod.domain import looks  # most sweeps find nothing to look after

    uid, unit = job.file_uid, timedelta(seconds=backend.settings.reconcile_after_seconds)
    later = looks.next_look(job, now, unit)
    ended = looks.is_hopeless(job) and alone(
        f"giving up job {uid}", lambda: _give_up(backend, job, now), otherwise=False
    )
    if ended:
        return
    if now - job.check_at >= STUCK_AFTER:
        # No look has begun all this time. One still may, but the job leaves the head of the line,
        # and where many wait for as long as the queue may need for all of them.
        moment = later + STUCK_AFTER if crowded else now
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
    from firepod.domain import looks

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
