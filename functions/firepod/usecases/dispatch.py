"""Call /run for a generation whose first call did not reach RunPod."""

from firepod.ports import Backend


def dispatch(backend: Backend, file_uid: str) -> None:
    """Send the job if it waits still; the task may come again.

    Raises:
        Unavailable: RunPod is out of reach still; the task queue comes again later.
    """
    job = backend.store.find_job(file_uid)
    if job is not None:
        # A task often comes when all is over, and then needs nothing more.
        from firepod.usecases.steps.waiting import send_waiting

        send_waiting(backend, job)
