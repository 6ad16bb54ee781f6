"""How many calls a second one user makes of an instance: a token bucket each, in this process only.

Calls that cost nothing else cost a thread and a round trip. Nobody is asked for the count, so that
refusing is cheaper than serving; a user can have as much again on each instance.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from firepod.domain.errors import ResourceExhausted

BURST_SECONDS = 2  # of calls may come at once, as when a page loads
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
            raise ResourceExhausted(
                f"You call more than {per_second} times a second. Wait a moment.",
                limit=per_second,
                used=per_second,
                retry_after_seconds=1,
            )


RATES = Rates()
"""Of this process."""
