"""Have a task-queue function called later; what the queue does not take, the next sweep finds."""

from firepod import logs
from firepod.domain.errors import Unavailable
from firepod.ports import Backend


def later(
    backend: Backend,
    function: str,
    payload: dict[str, str],
    *,
    name: str = "",
    delay_seconds: int = 0,
) -> bool:
    """Queue a call with `file_uid` or `user_id`; whether the queue has taken it."""
    try:
        backend.queue.enqueue(function, payload, name=name, delay_seconds=delay_seconds)
    except Unavailable:
        logs.task_not_queued(function, "".join(payload.values()))
        return False
    return True
