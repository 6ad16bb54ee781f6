"""What the Functions emulator notes: each request with its time, and each start of a process."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

_FINISHED = re.compile(r'Finished "[a-z0-9]+-[a-z]+[0-9]+-(?P<name>\w+)" in (?P<ms>[\d.]+)ms')
_STARTED = "Loaded environment variables from"
_POLL_SECONDS = 0.1


class FunctionLog:
    """The requests that end, and the processes that start, from now on.

    The emulator's clock runs from the moment it hands a request to the function's process to the
    end of the answer, which is what Cloud Run bills for.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = log.stat().st_size

    def wait_for(self, name: str, seconds: float) -> None:
        """Wait until a request of this function has ended; TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not any(found == name for found, _ in self.requests()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} was not called within {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

    def starts(self) -> int:
        """How many function processes the emulator has started."""
        return self._text().count(_STARTED)

    def requests(self) -> Iterator[tuple[str, float]]:
        """Each ended request: the function's name, and its seconds."""
        for found in _FINISHED.finditer(self._text()):
            yield found["name"], float(found["ms"]) / 1000

    def _text(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._offset)
            return log.read().decode("utf-8", "replace")
