"""Ask what became of a job, and bring its generation to its end."""

from firepod.ports import Backend


def reconcile(backend: Backend, file_uid: str) -> None:
    """Look after one job; safe to call at any time and as often as one likes.

    Raises:
        Unavailable: RunPod does not answer; the look is repeated later anyway.
    """
    job = backend.store.find_job(file_uid)
    if job is not None:
        # A task often comes when all is over, and then needs nothing more.
        from firepod.usecases.steps.look import look_after

        look_after(backend, job)
