"""A clock that stands until it is moved, and chance that repeats."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class FakeClock:
    """`firepod.ports.Clock`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._drawn = itertools.count(1)  # threads never get the same one

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def uid(self) -> str:
        return hashlib.sha256(str(next(self._drawn)).encode()).hexdigest()[:32]

    def seed(self, bits: int) -> int:
        digest = hashlib.sha256(str(next(self._drawn)).encode()).digest()
        return int.from_bytes(digest, "big") >> (256 - bits)
