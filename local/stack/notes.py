"""Tells the local RunPod's live feed what the functions do: when they run, and what they log."""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from local.stack.log_lines import Line
from local.stack.ports import HOST

_LONGEST = 500  # lines that wait to be passed on; the oldest are dropped
_PAUSE = 0.1  # seconds in which lines come together
_ANSWER = aiohttp.ClientTimeout(total=5)
_RUN = re.compile(r'(?:Beginning execution of|Finished) "[^"]+"')


class Notes:
    """Takes lines at any time, and passes them on while the block of `passed_on` lasts."""

    def __init__(self) -> None:
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_LONGEST)
        self._some = asyncio.Event()

    def hear(self, line: Line) -> None:
        """Keep a line for the feed if it is about a function's run or an entry of its log."""
        if line.name != "functions" or not (line.entry or _RUN.match(line.text)):
            return
        self._waiting.append({"program": line.name, "text": line.text, "entry": line.entry})
        self._some.set()

    @contextlib.asynccontextmanager
    async def passed_on(self, http: aiohttp.ClientSession, port: int) -> AsyncIterator[None]:
        passing = asyncio.create_task(self._pass_on(http, port))
        try:
            yield
        finally:
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)

    async def _pass_on(self, http: aiohttp.ClientSession, port: int) -> None:
        url = f"http://{HOST}:{port}/local/notes"
        while True:
            await self._some.wait()
            await asyncio.sleep(_PAUSE)
            self._some.clear()
            lines = list(self._waiting)
            self._waiting.clear()
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.post(url, json=lines, timeout=_ANSWER):
                    pass
