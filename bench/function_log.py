"""What the Functions emulator notes of each request: which function, and how long it ran."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

_FINISHED = re.compile(r'Finished "[a-z0-9]+-[a-z]+[0-9]+-(?P<name>\w+)" in (?P<ms>[\d.]+)ms')
_POLL_SECONDS = 0.1


class FunctionLog:
    """The requests that end from now on.

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

    def requests(self) -> Iterator[tuple[str, float]]:
        """Each ended request: the function's name, and its seconds."""
        with self._log.open("rb") as log:
            log.seek(self._offset)
            text = log.read().decode("utf-8", "replace")
        for found in _FINISHED.finditer(text):
            yield found["name"], float(found["ms"]) / 1000
