"""Where a process can die, and what it may run into: before and after each call of a port."""


class Killed(BaseException):
    """The process is gone; nothing of ours may catch it."""


class Failpoints:
    """Shared by the fakes of one process.

    `kill_at(n)` ends it at the n-th place from now, `raise_at(n, error)` has a port raise there,
    `break_port(port, error)` at every call of one port.
    """

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.raised = False  #: whether an error came from here since it was asked for
        self._left: int | None = None
        self._error: BaseException | None = None
        self._broken = ""

    def kill_at(self, place: int | None) -> None:
        """Count places from 0; None lets the process live, and its ports be well."""
        self._left, self._error, self._broken, self.raised = place, None, "", False

    def raise_at(self, place: int, error: Exception) -> None:
        self.kill_at(place)
        self._error = error

    def break_port(self, port: str, error: Exception) -> None:
        self.kill_at(None)
        self._error, self._broken = error, port

    def reach(self, place: str) -> None:
        self.reached.append(place)
        if self._broken and place.startswith(self._broken):
            self._raise(place)
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            self._raise(place)
        else:
            self._left -= 1

    def _raise(self, place: str) -> None:
        if self._error is None:
            raise Killed(place)
        self.raised = True
        raise self._error.with_traceback(None)
