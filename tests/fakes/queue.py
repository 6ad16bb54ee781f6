"""Cloud Tasks in memory."""

from dataclasses import dataclass, field
from typing import Any

from firepod.domain.errors import Unavailable
from tests.fakes.failpoints import Failpoints


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

    def take(self) -> list[FakeTask]:
        """Everything that is queued, which is then no longer."""
        taken, self.tasks = self.tasks, []
        return taken
