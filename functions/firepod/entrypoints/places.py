"""How much of an instance one kind of call may hold at a time: counters of this process, no more.

Cloud Run gives an instance as many calls as it has threads (`concurrency`, THREADS). What holds a
thread or much memory for long takes a place here, so that the rest is free for everybody else's
calls. Another instance counts for itself.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """`in_all` places, of which one holder has at most `each`; up to `queue` calls wait for one."""

    def __init__(self, in_all: int, *, each: int, queue: int = 0) -> None:
        self._in_all, self._each, self._queue = in_all, each, queue
        self._held: Counter[str] = Counter()
        self._waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def held(self, holder: str, patience: float = 0.0) -> Iterator[bool]:
        """Hold a place if one is free within `patience` seconds; tells whether there was one."""
        taken = self._take(holder, patience)
        try:
            yield taken
        finally:
            if taken:
                self._give_back(holder)

    def of(self, holder: str) -> int:
        """The places that a holder has."""
        with self._changed:
            return self._held[holder]

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        with self._changed:
            return self._waiting

    def _take(self, holder: str, patience: float) -> bool:
        with self._changed:
            if not self._free(holder):
                if patience <= 0 or self._waiting >= self._queue:
                    return False
                self._waiting += 1
                try:
                    found = self._changed.wait_for(lambda: self._free(holder), patience)
                finally:
                    self._waiting -= 1
                if not found:
                    return False
            self._held[holder] += 1
            return True

    def _free(self, holder: str) -> bool:
        return self._held.total() < self._in_all and self._held[holder] < self._each

    def _give_back(self, holder: str) -> None:
        with self._changed:
            self._held[holder] -= 1
            # A holder who is gone leaves nothing behind.
            self._held += Counter()
            self._changed.notify_all()
