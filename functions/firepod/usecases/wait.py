"""Wait for the end of a generation, for callers who would rather wait than listen."""

import time
from collections.abc import Callable

from firepod.domain.errors import FailedPrecondition, not_found
from firepod.domain.generation import Generation, GenerationRef, Status
from firepod.ports import Backend

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
FACTOR = 1.4
NOT_COMPLETED = "This was cancelled before it was completed."


def wait_for_end(
    backend: Backend,
    ref: GenerationRef,
    until: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Generation | None:
    """The generation once it has ended; None if `until` (of `clock`) comes first.

    It looks at the document with growing pauses, at most about sixty times in 50 s: a listener
    would keep a stream and threads for every waiting caller.

    Raises:
        NotFound: it was discarded meanwhile.
    """
    length = FIRST_PAUSE_SECONDS
    while True:
        generation = backend.store.find(ref)
        if generation is None:
            raise not_found(ref.media_type)
        if generation.status.terminal:
            return generation
        left = until - clock()
        if left <= 0:
            return None
        pause(min(length, left))
        length = min(LONGEST_PAUSE_SECONDS, length * FACTOR)


def check_completed(done: Generation) -> None:
    """Nothing, if it ended well.

    Raises:
        FailedPrecondition: it did not; says why.
    """
    if done.status is Status.COMPLETED:
        return
    details = {"file_uid": done.file_uid, "status": str(done.status)}
    if done.error_code:
        details["error_code"] = str(done.error_code)
    raise FailedPrecondition(done.error or NOT_COMPLETED, details)
