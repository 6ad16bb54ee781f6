"""RunPod's rate limits: calls per ten seconds and calls at a time, per endpoint and operation.

https://docs.runpod.io/serverless/endpoints/operation-reference . The part of the limit that grows
with the workers is left out: how many requests a worker adds is not documented.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.runpod.errors import TooManyRequests

WINDOW = 10.0  # seconds

#: operation -> (calls in the window, calls at a time)
LIMITS: dict[str, tuple[int, float]] = {
    "run": (1000, 200),
    "runsync": (2000, 400),
    "status": (2000, 400),
    "stream": (2000, 400),
    "cancel": (100, 20),
    "purge-queue": (2, float("inf")),
}


class RateLimits:
    def __init__(self, clock: Callable[[], float], *, enabled: bool = True) -> None:
        self._clock = clock
        self._enabled = enabled
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._open: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def slot(self, endpoint_id: str, operation: str) -> Iterator[None]:
        """Count one call for as long as it lasts; TooManyRequests if it is one too many."""
        if not self._enabled or operation not in LIMITS:
            yield
            return
        key = (endpoint_id, operation)
        in_window, at_a_time = LIMITS[operation]
        calls = self._calls[key]
        now = self._clock()
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= in_window or self._open[key] >= at_a_time:
            raise TooManyRequests
        calls.append(now)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
