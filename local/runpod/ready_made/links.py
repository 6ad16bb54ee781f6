"""Results under URLs of this server, as RunPod's public endpoints give them on hosts of theirs.

https://docs.runpod.io/public-endpoints/requests: links to outputs expire after seven days.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from local.runpod.endpoint import Clock
from local.runpod.faults import JobAction, Link
from local.runpod.ready_made.media import Made

EXPIRES_AFTER = 7 * 86_400.0
MOST_BYTES = 256_000_000  # that are kept; the oldest go first
_CHUNK = b"\0" * 1_000_000
_HUGE = 2_000_000_000


@dataclass(frozen=True, slots=True)
class _Result:
    made: Made
    expires_at: float
    fault: Link | None


class Links:
    """The results that can be fetched."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._results: dict[str, _Result] = {}
        self._bytes = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/results/{token}/{name}", self.get)]

    def put(self, origin: str, made: Made, plan: Sequence[JobAction]) -> str:
        """Keep a result, and give its URL; `plan` may hold what is wrong with it."""
        fault = next((one for one in plan if isinstance(one, Link)), None)
        if fault is not None and fault.how == "elsewhere":
            return fault.to
        token = uuid.uuid4().hex
        self._results[token] = _Result(made, self._clock() + EXPIRES_AFTER, fault)
        self._bytes += len(made.data)
        while self._bytes > MOST_BYTES and len(self._results) > 1:
            self._bytes -= len(self._results.pop(next(iter(self._results))).made.data)
        return f"{origin}/results/{token}/{made.name}"

    async def get(self, request: web.Request) -> web.StreamResponse:
        result = self._results.get(request.match_info["token"])
        if result is None or self._clock() >= result.expires_at:
            return web.Response(status=404)
        made, fault = result.made, result.fault
        match fault.how if fault else None:
            case "expired":
                return web.Response(status=404)
            case "redirect" if fault:
                return web.Response(status=302, headers={"Location": fault.to})
            case "wrong_type":
                page = b"<!doctype html><title>Not what was promised</title>"
                return web.Response(body=page, content_type=made.content_type)
            case "hangs" if fault:
                await asyncio.sleep(fault.seconds)
                return web.Response(status=504)
            case "endless":
                return await _pour(request, made, declared=False)
            case "huge":
                return await _pour(request, made, declared=True)
        return web.Response(body=made.data, content_type=made.content_type)


async def _pour(request: web.Request, made: Made, *, declared: bool) -> web.StreamResponse:
    """Begin like the file, and go on to two gigabytes, or until nobody listens."""
    response = web.StreamResponse(headers={"Content-Type": made.content_type})
    if declared:
        response.content_length = _HUGE
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # who fetched it has seen enough
        await response.write(made.data)
        left = _HUGE - len(made.data)
        while left > 0:
            await response.write(_CHUNK[:left])
            left -= len(_CHUNK)
        await response.write_eof()
    return response
