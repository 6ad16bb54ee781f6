"""One job at a time has the model; the others wait, and can be stopped meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from worker.engines.interface import Step

_ASKED_EVERY_SECONDS = 0.2


@contextmanager
def turn(free: threading.Lock, step: Step) -> Iterator[None]:
    """Have the model, as soon as it is free; raises what ``step`` raises before that."""
    while not free.acquire(timeout=_ASKED_EVERY_SECONDS):
        step(0)
    try:
        yield
    finally:
        free.release()
