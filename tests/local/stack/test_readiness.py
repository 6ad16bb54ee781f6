import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.test_utils import TestServer

from local.stack import bell, readiness
from local.stack.log_lines import Line
from local.stack.readiness import NeverReadyError, NotReadyError, exported_functions, until_ready


@contextlib.asynccontextmanager
async def serving(method: str, path: str, status: int, answer: object, seen: list | None = None):
    async def handle(request: web.Request) -> web.Response:
        if seen is not None:
            seen.append((dict(request.headers), await request.text()))
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_route(method, path, handle)
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as http:
        yield http, server.port


def run(coroutine):
    return asyncio.run(coroutine)


def backends(*names: str) -> dict:
    return {"backends": [{"functionTriggers": [{"name": name} for name in names]}]}


def test_a_check_is_repeated_until_it_passes():
    attempts = []

    async def check() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise NotReadyError("not yet")

    run(until_ready("thing", check, 5))

    assert len(attempts) == 3


def test_what_does_not_get_ready_is_named_with_its_last_reason():
    async def check() -> None:
        raise NotReadyError("image has 0 of 1 workers")

    with pytest.raises(NeverReadyError, match="runpod is not ready after 0 s: image has 0 of 1"):
        run(until_ready("runpod", check, 0.3))


def test_functions_that_do_not_load_end_the_wait_at_once():
    output = readiness.EmulatorOutput()
    output.see(Line("functions", "Failed to load function definition from source: x", notable=True))
    output.see(Line("firebase", "All emulators ready!", notable=False))

    with pytest.raises(NeverReadyError, match="Failed to load function definition"):
        run(until_ready("firebase", output.all_ready, 5))


def test_functions_are_loaded_when_they_are_exactly_those_that_main_exports():
    async def check(*names: str) -> None:
        async with serving("GET", "/backends", 200, backends(*names)) as (http, port):
            await readiness.functions_loaded(http, port, frozenset({"generate", "sweep"}))

    run(check("generate", "sweep"))
    with pytest.raises(NeverReadyError, match=r"missing \['sweep'\], not exported \['old'\]"):
        run(check("generate", "old"))


def test_exported_functions_are_read_from_main(tmp_path):
    main = tmp_path / "main.py"
    main.write_text("raise SystemExit\n__all__ = ['generate', 'cancel']\n")

    assert exported_functions(main) == {"generate", "cancel"}


def test_main_without_exports_is_an_error(tmp_path):
    main = tmp_path / "main.py"
    main.write_text("x = 1\n")

    with pytest.raises(NeverReadyError, match="__all__"):
        exported_functions(main)


@pytest.mark.parametrize(("idle", "running", "ready"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_workers_are_counted_as_runpods_health_counts_them(idle, running, ready):
    health = {"jobs": {}, "workers": {"idle": idle, "running": running, "initializing": 1}}
    seen: list = []

    async def check() -> None:
        async with serving("GET", "/v2/image/health", 200, health, seen) as (http, port):
            await readiness.workers_connected(http, port, "key", {"image": 1})

    with contextlib.nullcontext() if ready else pytest.raises(NotReadyError, match="0 of 1"):
        run(check())
    assert seen[0][0]["Authorization"] == "Bearer key"


def test_the_bell_hands_reconcile_an_empty_task():
    seen: list = []
    path = "/demo-firepod/us-central1/reconcile"

    async def check() -> None:
        async with serving("POST", path, 200, {}, seen) as (http, port):
            await bell.ring(http, "demo-firepod", port)

    run(check())

    assert [body for _, body in seen] == ['{"data": {}}']


class NobodyListens:
    """A session of which every request finds a closed port; tells who waits for the second one."""

    def __init__(self) -> None:
        self.rung = 0
        self.rung_twice = asyncio.Event()

    def post(self, *_: object, **__: object) -> None:
        self.rung += 1
        if self.rung == 2:
            self.rung_twice.set()
        place = ConnectionKey("127.0.0.1", 5001, False, True, None, None, None)
        raise aiohttp.ClientConnectorError(place, OSError("refused"))


@pytest.mark.parametrize(("may_be_missing", "said"), [(True, 0), (False, 2)])
def test_the_bell_says_nothing_of_functions_that_somebody_may_start_later(may_be_missing, said):
    complaints: list[str] = []

    async def check() -> None:
        http = NobodyListens()
        ringing = asyncio.create_task(
            bell.ring_every(
                http, "demo-x", 5001, 0.01, complaints.append, may_be_missing=may_be_missing
            )
        )
        async with asyncio.timeout(10):
            await http.rung_twice.wait()
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)

    run(check())

    assert len(complaints) == said


def test_the_bell_outlives_a_function_that_fails():
    complaints: asyncio.Queue[str] = asyncio.Queue()
    path = "/demo-firepod/us-central1/reconcile"

    async def check() -> None:

        async with serving("POST", path, 500, {}) as (http, port):
            ringing = asyncio.create_task(
                bell.ring_every(http, "demo-firepod", port, 0.01, complaints.put_nowait)
            )
            async with asyncio.timeout(10):
                first, second = await complaints.get(), await complaints.get()
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
            assert "500" in first
            assert "500" in second

    run(check())
