"""What several benchmarks need and is slow to start: made at the first use, shared, ended once."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Self

from bench.guide_emulator import GuideEmulator, running_guide
from local.stack.child import RunningStack, running_stack


class Lab:
    """A context manager; nothing that it started outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder  #: for logs
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @cached_property
    def stack(self) -> RunningStack:
        """Firepod on this machine, without the minute bell: nothing runs but what is measured."""
        return self._resources.enter_context(
            running_stack(
                self.folder / "stack",
                *("--env", "MAX_ACTIVE_PER_USER=1000", "--env", "MAX_DAILY_PER_USER=100000"),
                *("--worker-env", "FIREPOD_ENGINE=bench.engine:create"),
                *("--bell-seconds", "0"),
            )
        )

    @cached_property
    def guide(self) -> GuideEmulator:
        """The integration guide's functions beside it, on the stack's Firestore and RunPod."""
        return self._resources.enter_context(running_guide(self.folder / "guide", self.stack))
