"""Find what is due: jobs to look after, and what has expired."""

import hashlib

from firepod import logs
from firepod.errors import Unavailable
from firepod.ports import Backend
from firepod.usecases.expire import expire

MAX_JOBS = 200  # per run; the oldest first, the rest in the next minute


def sweep(backend: Backend) -> int:
    """Queue a `reconcile` task for every job whose time has come; returns how many.

    A task's name is hashed from job and due time: two sweeps name one look alike, so that the
    queue drops the second, and names do not sort together (a hot spot of Cloud Tasks).
    """
    due = backend.store.due_jobs(backend.world.now(), MAX_JOBS)
    for job in due:
        name = hashlib.sha256(
            f"{job.file_uid}.{job.attempt}.{job.check_at.isoformat()}".encode()
        ).hexdigest()
        try:
            backend.queue.enqueue("reconcile", {"file_uid": job.file_uid}, name=name)
        except Unavailable:
            logs.task_not_queued("reconcile", job.file_uid)
    logs.swept(len(due), bounded=len(due) == MAX_JOBS)
    expire(backend)
    return len(due)
