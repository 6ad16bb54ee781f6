"""Find what is due: jobs to look after, users to erase, and what has expired."""

import hashlib

from firepod import logs
from firepod.errors import Unavailable
from firepod.ports import Backend
from firepod.usecases.count import count_units
from firepod.usecases.erase import enqueue_step
from firepod.usecases.expire import expire

MAX_ERASURES = 50
MAX_JOBS = 200  # per run; the oldest first, the rest in the next minute


def sweep(backend: Backend) -> int:
    """Queue a `reconcile` task for every job whose time has come; returns how many.

    A task's name is hashed from the job, its due time and the minute: two sweeps at one time name
    one look alike, so that the queue drops the second, but a look that was lost is queued again in
    the next minute. Hashed names do not sort together, which would be a hot spot of Cloud Tasks.
    """
    count_units(backend)
    now = backend.world.now()
    due = backend.store.due_jobs(now, MAX_JOBS)
    for job in due:
        look = f"{job.file_uid}.{job.attempt}.{job.check_at.isoformat()}.{now:%Y%m%d%H%M}"
        name = hashlib.sha256(look.encode()).hexdigest()
        try:
            backend.queue.enqueue("reconcile", {"file_uid": job.file_uid}, name=name)
        except Unavailable:
            logs.task_not_queued("reconcile", job.file_uid)
    logs.swept(len(due), bounded=len(due) == MAX_JOBS)
    for user_id in backend.store.due_erasures(now, MAX_ERASURES):
        look = f"erase.{user_id}.{now:%Y%m%d%H%M}"
        enqueue_step(backend, user_id, name=hashlib.sha256(look.encode()).hexdigest())
    expire(backend)
    return len(due)
