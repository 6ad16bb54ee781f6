"""The minute bell: what Cloud Scheduler does for the deployed `sweep`.

The Functions emulator cannot run schedules without the Pub/Sub emulator, which is a download. The
schedule only looks for due jobs, and so does the task queue `reconcile` when it is given no job.
"""

import asyncio
from collections.abc import Callable

import aiohttp

from local.stack.parameters import function_url

# The emulator never answers a request whose function's process is killed while it starts.
_ANSWER = aiohttp.ClientTimeout(total=20)


async def ring(http: aiohttp.ClientSession, project: str, functions_port: int) -> None:
    """Have the due jobs looked at now. Raises aiohttp.ClientError or TimeoutError."""
    url = function_url(project, functions_port, "reconcile")
    # Tasks come wrapped like calls: https://firebase.google.com/docs/functions/task-functions
    async with http.post(url, json={"data": {}}, timeout=_ANSWER) as answer:
        answer.raise_for_status()


async def ring_every(
    http: aiohttp.ClientSession,
    project: str,
    functions_port: int,
    seconds: float,
    complain: Callable[[str], None],
    *,
    may_be_missing: bool = False,
) -> None:
    """Ring at once and then every `seconds`, for ever; what goes wrong is said and outlived.

    Functions that `may_be_missing` are somebody else's, who may start them later: nothing is said.
    """
    while True:
        try:
            await ring(http, project, functions_port)
        except (aiohttp.ClientError, TimeoutError) as error:
            if not (may_be_missing and isinstance(error, aiohttp.ClientConnectorError)):
                complain(f"reconcile did not answer the bell: {str(error) or type(error).__name__}")
        await asyncio.sleep(seconds)
