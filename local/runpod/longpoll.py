"""Requests that are held open until there is something to say."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class LongPoll:
    """Wakes the held requests of one endpoint whenever it changes."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._closed = False

    def wake(self) -> None:
        # Everybody waits on the event of their time; a new one makes sure that no wake-up is
        # seen twice or missed.
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Answer every request at once from now on, so that workers can stop quickly."""
        self._closed = True
        self.wake()

    async def until(self, probe: Callable[[], T | None], seconds: float) -> T | None:
        """Give the first truthy answer of `probe`, or its last one after `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            changed = self._changed
            answer = probe()
            left = deadline - asyncio.get_running_loop().time()
            if answer or self._closed or left <= 0:
                return answer
            try:
                await asyncio.wait_for(changed.wait(), left)
            except TimeoutError:
                return probe()
