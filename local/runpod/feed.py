"""What happens, as it happens, for whoever looks on: numbered entries, the newest few thousand."""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from local.runpod.longpoll import LongPoll

LONGEST = 3000  # entries that somebody who comes later still sees


class Feed:
    """Entries are `{"id", "at", "kind", ...}`; ids grow, also from one process to the next."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=LONGEST)
        self._last = round(clock() * 1000)
        self._poll = LongPoll()
        self._closed = False

    def tell(self, kind: str, **fields: Any) -> None:
        """Add an entry; a field that is None is left out."""
        self._last += 1
        known = {name: value for name, value in fields.items() if value is not None}
        self._entries.append({"id": self._last, "at": self._clock(), "kind": kind, **known})
        self._poll.wake()

    def after(self, last: int) -> list[dict[str, Any]]:
        """Give the entries with a greater id, oldest first."""
        newer = 0
        for entry in reversed(self._entries):
            if entry["id"] <= last:
                break
            newer += 1
        return list(islice(self._entries, len(self._entries) - newer, None))

    async def wait(self, last: int, seconds: float) -> None:
        """Return when there is an entry with a greater id, or after so long."""
        await self._poll.until(
            lambda: bool(self._entries) and self._entries[-1]["id"] > last, seconds
        )

    @property
    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True
        self._poll.close()
