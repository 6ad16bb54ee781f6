"""One start at a time on a machine.

While firebase-tools looks for functions it takes the first free port from 8081 on, and listens
there only when Python has started. Two stacks that start together would take the same one.
"""

import asyncio
import fcntl
import getpass
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

_POLL_SECONDS = 0.2


@asynccontextmanager
async def alone(say: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold the lock of this user on this machine; it is free again if this process dies."""
    path = Path(tempfile.gettempdir()) / f"firepod-start-{getpass.getuser()}.lock"
    with path.open("w") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    say("waiting for another stack that is starting")
                    told = True
                await asyncio.sleep(_POLL_SECONDS)
        yield
