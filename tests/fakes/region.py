"""What a region makes of the fakes: every call takes its time, and no test has to await it.

Calls beside each other are played one after the other, each with the clock set to when it begins;
so an outage of hours and its repair are a second's work and come out the same each time.
"""

import functools
import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from firepod.adapters.side_by_side import AT_A_TIME
from firepod.ports import Backend
from tests.fakes.backend import FakeBackend
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeTask

_T = TypeVar("_T")

SECONDS = {"store": 0.02, "queue": 0.03, "gpu": 0.08, "storage": 0.04}
"""Of one request each, as between services of one region, and RunPod on the same continent."""


class _Far:
    """A port of which each call waits first."""

    def __init__(self, port: Any, name: str, clock: FakeClock) -> None:
        self._port, self._name, self._clock = port, name, clock

    def __getattr__(self, method: str) -> Any:
        called = getattr(self._port, method)
        if not callable(called):
            return called

        def call(*args: Any, **kwargs: Any) -> Any:
            requests = 1
            if method == "transition" and kwargs.get("since") is None:
                requests = 2  # a read, and a commit
            self._clock.advance(requests * SECONDS[self._name])
            return called(*args, **kwargs)

        return call

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        lanes = Lanes(self._clock, AT_A_TIME)
        made = [lanes.next(call) for call in calls]
        lanes.wait()
        return made


@dataclass
class Lanes:
    """So many calls at a time; each begins when one before it has ended."""

    clock: FakeClock
    count: int
    free: list[datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.free = [self.clock.now()] * self.count

    def next(self, call: Callable[[], _T], not_before: datetime | None = None) -> _T:
        begins = heapq.heappop(self.free)
        _set(self.clock, begins if not_before is None else max(begins, not_before))
        made = call()
        heapq.heappush(self.free, self.clock.now())
        return made

    def wait(self) -> None:
        """Until all have ended."""
        _set(self.clock, max(self.free))


@dataclass
class CloudTasks:
    """Hands a fake queue's tasks out, so many a second and so many at a time."""

    backend: FakeBackend
    per_second: float
    at_a_time: int
    lanes: Lanes = field(init=False)
    last: datetime = field(init=False)
    queued: dict[int, datetime] = field(default_factory=dict)  #: by the task's number

    def __post_init__(self) -> None:
        self.lanes = Lanes(self.backend.clock, self.at_a_time)
        self.last = self.backend.clock.now()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note when each task was queued."""
        queue = self.backend.queue
        enqueue = queue.enqueue

        def noted(*args: Any, **kwargs: Any) -> None:
            before = len(queue.tasks)
            enqueue(*args, **kwargs)
            if len(queue.tasks) > before:
                self.queued[before] = self.backend.clock.now()

        queue.enqueue = noted  # type: ignore[method-assign]
        try:
            yield
        finally:
            del queue.enqueue

    def hand_out(self, work: Callable[[FakeTask], object]) -> datetime:
        """Work all tasks off; when the last has begun."""
        for number, task in enumerate(self.backend.queue.take()):
            paced = self.last + timedelta(seconds=1 / self.per_second)
            self.last = max(paced, self.queued[number])
            self.lanes.next(functools.partial(work, task), not_before=self.last)
        self.queued.clear()
        return self.last


def far(backend: FakeBackend) -> Backend:
    """The backend, as if each of its services were a network away."""
    ports: dict[str, Any] = {
        name: _Far(getattr(backend, name), name, backend.clock) for name in SECONDS
    }
    return replace(backend, **ports)


def _set(clock: FakeClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())
