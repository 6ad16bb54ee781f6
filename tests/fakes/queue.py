"""Cloud Tasks in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from firepod.domain.errors import Unavailable
from tests.fakes.failpoints import Failpoints

_T = TypeVar("_T")


@dataclass(frozen=True)
class FakeTask:
    """One call that is still to be made."""

    function: str
    payload: dict[str, Any]
    name: str = ""
    delay_seconds: int = 0


@dataclass
class FakeQueue:
    """`firepod.ports.Queue`; the test delivers."""

    failpoints: Failpoints = field(default_factory=Failpoints)
    tasks: list[FakeTask] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    reachable: bool = True

    def enqueue(
        self, function: str, payload: dict[str, Any], *, name: str = "", delay_seconds: int = 0
    ) -> None:
        self.failpoints.reach("queue.enqueue begins")
        if not self.reachable:
            raise Unavailable("The task was not queued.")
        if name and name in self.names:
            return
        self.names.add(name)
        self.tasks.append(FakeTask(function, payload, name, delay_seconds))
        self.failpoints.reach("queue.enqueue has queued")

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        return [call() for call in calls]

    def take(self) -> list[FakeTask]:
        """Everything that is queued, which is then no longer."""
        taken, self.tasks = self.tasks, []
        return taken
