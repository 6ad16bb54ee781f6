"""A clock that stands until it is moved, and chance that repeats."""

import hashlib
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class FakeWorld:
    """`firepod.ports.World`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._drawn = 0

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def uid(self) -> str:
        self._drawn += 1
        return hashlib.sha256(str(self._drawn).encode()).hexdigest()[:32]

    def seed(self, bits: int) -> int:
        self._drawn += 1
        digest = hashlib.sha256(str(self._drawn).encode()).digest()
        return int.from_bytes(digest, "big") >> (256 - bits)
