"""Where a process can die: before and after each call of a port."""


class Killed(BaseException):
    """The process is gone; nothing of ours may catch it."""


class Failpoints:
    """Shared by the fakes of one process; `kill_at(n)` ends it at the n-th place from now."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self._left: int | None = None

    def kill_at(self, place: int | None) -> None:
        """Count places from 0; None lets the process live."""
        self._left = place

    def reach(self, place: str) -> None:
        self.reached.append(place)
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            raise Killed(place)
        self._left -= 1
