"""When a stack is ready: every part answers what only a working one can answer."""

import ast
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp

from local.stack.log_lines import Line
from local.stack.parameters import function_url
from local.stack.ports import HOST

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 60.0  # the first call to a function starts a Python process


class NotReadyError(Exception):
    """What a part lacks; it may come."""


class NeverReadyError(Exception):
    """What is wrong so that waiting does not help."""


def exported_functions(main: Path) -> frozenset[str]:
    """The names in the `__all__` of functions/main.py, which are the deployed ones."""
    for statement in ast.parse(main.read_text("utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
                return frozenset(ast.literal_eval(names))
    raise NeverReadyError(f"{main.name} has no __all__ that names the deployed functions.")


class EmulatorOutput:
    """What firebase-tools says while it starts. It goes on when it could not load the functions."""

    def __init__(self) -> None:
        self._settled = asyncio.Event()
        self._failure: str | None = None

    def see(self, line: Line) -> None:
        if "Failed to load function definition" in line.text:
            self._failure = line.text
            self._settled.set()
        if "All emulators ready" in line.text:
            self._settled.set()

    async def all_ready(self) -> None:
        """Wait until every emulator runs. NeverReadyError when the functions do not load."""
        await self._settled.wait()
        if self._failure:
            raise NeverReadyError(self._failure)


async def until_ready(name: str, check: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Repeat `check` until it passes. NeverReadyError after `seconds`, with the last reason."""
    reason = "no answer"
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return await check()
                except (NotReadyError, aiohttp.ClientError, TimeoutError) as error:
                    reason = str(error) or type(error).__name__
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise NeverReadyError(f"{name} is not ready after {seconds:.0f} s: {reason}.") from None


async def workers_connected(
    http: aiohttp.ClientSession, port: int, api_key: str, endpoints: Mapping[str, int]
) -> None:
    """Each RunPod endpoint has its workers, as its /health counts them."""
    for endpoint, workers in endpoints.items():
        url = f"http://{HOST}:{port}/v2/{endpoint}/health"
        async with http.get(url, headers={"Authorization": f"Bearer {api_key}"}) as answer:
            if answer.status != 200:
                raise NotReadyError(f"{endpoint} answers {answer.status}")
            counts = (await answer.json())["workers"]
        present = sum(counts.get(state, 0) for state in ("idle", "running"))
        if present < workers:
            raise NotReadyError(f"{endpoint} has {present} of {workers} workers")


async def functions_loaded(
    http: aiohttp.ClientSession, port: int, expected: frozenset[str]
) -> None:
    """The Functions emulator has found exactly the functions that main.py exports.

    It lists the schedule too, although it cannot run it.
    """
    async with http.get(f"http://{HOST}:{port}/backends") as answer:
        backends = (await answer.json())["backends"]
    found = {trigger["name"] for backend in backends for trigger in backend["functionTriggers"]}
    if found != expected:
        missing, more = sorted(expected - found), sorted(found - expected)
        raise NeverReadyError(
            f"the emulator has not loaded what functions/main.py exports: "
            f"missing {missing}, not exported {more}."
        )


async def functions_answer(http: aiohttp.ClientSession, project: str, port: int) -> None:
    """A callable and the webhook run. Their processes are then warm, too.

    Neither request may have an effect: one is not signed in, the other has the wrong method.
    """
    await asyncio.gather(
        _expect(http, "POST", function_url(project, port, "generate"), 401, body={"data": {}}),
        _expect(http, "GET", function_url(project, port, "runpodwebhook"), 405),
    )


async def hosting_answers(http: aiohttp.ClientSession, port: int) -> None:
    """Hosting rewrites /api/** to the function `api`."""
    await _expect(http, "GET", f"http://{HOST}:{port}/api/health", 200)


async def _expect(
    http: aiohttp.ClientSession, method: str, url: str, status: int, body: object = None
) -> None:
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with http.request(method, url, json=body, timeout=timeout) as answer:
        if answer.status != status:
            text = (await answer.text())[:200]
            raise NotReadyError(
                f"{method} {url} answers {answer.status} instead of {status}: {text}"
            )
