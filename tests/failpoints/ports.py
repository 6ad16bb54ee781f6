"""The backend's ports as a process sees them that is to die: counted, and fatal at one of them."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from firepod.ports import Backend

# The steps of a use case that something outside sees; reads between them leave nothing behind.
WATCHED = {
    "store": frozenset(
        {"transition", "begin_erasure", "change_erasure", "drop_keys_of", "drop_generation"}
    ),
    "gpu": frozenset({"run", "status", "cancel", "idle"}),
    "storage": frozenset({"put", "delete", "remove"}),
    "queue": frozenset({"enqueue"}),
}


@dataclass(slots=True)
class Steps:
    """What has been called so far, and where it is to end: `step` counts from 1, 0 is never."""

    step: int = 0
    when: str = "before"  #: before the call reaches the outside, or after it has
    called: list[str] = field(default_factory=list)

    def pass_by(self, name: str, call: Callable[[], Any]) -> Any:
        self.called.append(name)
        here = len(self.called) == self.step
        if here and self.when == "before":
            _die()
        result = call()
        if here:
            _die()
        return result


class _Watched:
    """A port whose watched calls are steps."""

    def __init__(self, name: str, port: Any, steps: Steps) -> None:
        self._name, self._port, self._steps = name, port, steps

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._port, operation)
        if operation not in WATCHED[self._name]:
            return method
        step = f"{self._name}.{operation}"
        return lambda *args, **kwargs: self._steps.pass_by(step, lambda: method(*args, **kwargs))


def watched(backend: Backend, steps: Steps) -> Backend:
    """The same backend, which dies at `steps`."""
    return replace(
        backend, **{name: _Watched(name, getattr(backend, name), steps) for name in WATCHED}
    )


def _die() -> None:
    # As the platform does it: nothing runs after this, no handler, no `finally`.
    os.kill(os.getpid(), signal.SIGKILL)
