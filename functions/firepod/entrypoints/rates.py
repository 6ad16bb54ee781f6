"""How many calls a second one user makes of an instance: a token bucket each, in this process only.

Calls that cost nothing else cost a thread and a round trip. Nobody is asked for the count, so that
refusing is cheaper than serving; a user can have as much again on each instance.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from firepod.domain.errors import ResourceExhausted

BURST_SECONDS = 1  # of calls may come at once, as when a page loads
REFUSED_SECONDS = 0.5  # how long a refused caller is not even looked at again
MOST_REFUSED = 1_000
MOST_USERS = 10_000  # a bucket is about 300 bytes; who was not seen for longest starts afresh


class Rates:
    """Buckets of calls, one a user."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most_users: int = MOST_USERS
    ) -> None:
        self._clock, self._most_users = clock, most_users
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, and when
        self._lock = threading.Lock()

    def count(self, user_id: str, per_second: int) -> None:
        """One more call of a user.

        Raises:
            ResourceExhausted: too many; says when the next one may come.
        """
        most, now = per_second * BURST_SECONDS, self._clock()
        with self._lock:
            left, seen = self._buckets.pop(user_id, (most, now))
            left = min(most, left + (now - seen) * per_second)
            self._buckets[user_id] = (left - 1 if left >= 1 else left, now)
            if len(self._buckets) > self._most_users:
                self._buckets.popitem(last=False)
        if left < 1:
            raise too_many(per_second)


class Refused:
    """Whose calls were just refused, by the digest of their `Authorization`.

    To tell who calls costs more than to refuse: a flood with one token is turned away by what it
    sends, without the web framework and without looking at its signature again.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most: int = MOST_REFUSED
    ) -> None:
        self._clock, self._most = clock, most
        self._until: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, authorization: str, per_second: int) -> None:
        """A call with this header was over its user's rate."""
        with self._lock:
            until = self._clock() + REFUSED_SECONDS
            self._until[_digest(authorization)] = (until, per_second)
            if len(self._until) > self._most:
                self._until.popitem(last=False)

    def again(self, authorization: str) -> ResourceExhausted | None:
        """The refusal of another call with this header, if it comes that soon."""
        if not self._until:
            return None
        until, per_second = self._until.get(_digest(authorization), (0.0, 0))
        return too_many(per_second) if self._clock() < until else None


def too_many(per_second: int) -> ResourceExhausted:
    return ResourceExhausted(
        f"You call more than {per_second} times a second. Wait a moment.",
        limit=per_second,
        used=per_second,
        retry_after_seconds=1,
    )


def _digest(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode("utf-8", "replace")).digest()


RATES = Rates()
"""Of this process."""
REFUSED = Refused()
"""Of this process."""
