"""What the worker of one job has at hand: to fetch what its input names, to make, to publish."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import aiohttp

from local.runpod.faults import JobAction
from local.runpod.ready_made.fields import Refused
from local.runpod.ready_made.links import Links
from local.runpod.ready_made.media import Made

MOST_FETCHED = 50_000_000
FETCH_SECONDS = 20.0

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kit:
    links: Links
    origin: str
    http: aiohttp.ClientSession
    plan: Sequence[JobAction]

    async def fetch(self, url: str, what: str) -> bytes:
        """Give the bytes of an input; refuses the job as RunPod does: `Invalid image URL`."""
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with self.http.get(url, timeout=timeout) as answer:
                if answer.status != 200:
                    raise Refused(f"Invalid {what} URL")
                data = bytearray()
                async for chunk in answer.content.iter_any():
                    data += chunk
                    if len(data) > MOST_FETCHED:
                        raise Refused(f"Invalid {what} URL")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Refused(f"Invalid {what} URL") from error
        return bytes(data)

    async def make(self, function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
        """Run what takes time beside the server's loop."""
        return await asyncio.to_thread(function, *arguments, **options)

    def publish(self, made: Made) -> str:
        return self.links.put(self.origin, made, self.plan)
