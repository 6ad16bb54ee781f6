"""Versions: microseconds since 1970 that only ever grow."""

from __future__ import annotations

import time
from collections.abc import Callable


def _wall_clock() -> int:
    return time.time_ns() // 1000


class Clock:
    """Gives read times and commit times; a commit is later than all that was given before."""

    def __init__(self, wall_clock: Callable[[], int] = _wall_clock) -> None:
        self._wall_clock = wall_clock
        self._latest = 0

    def now(self) -> int:
        """Give a time to read at: it has seen every commit so far."""
        self._latest = max(self._latest, self._wall_clock())
        return self._latest

    def next(self) -> int:
        """Give a time to commit at."""
        self._latest = max(self._latest + 1, self._wall_clock())
        return self._latest

    def next_after(self, version: int) -> int:
        """Give a time to commit at that is later than a version from elsewhere."""
        self._latest = max(self._latest, version)
        return self.next()
