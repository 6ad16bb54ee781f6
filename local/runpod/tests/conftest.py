"""A local RunPod in a thread, a client, hand-driven workers, and a receiver of callbacks."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from local.runpod.server import LocalRunPod, running_in_thread
from local.runpod.settings import Settings

KEY = "test-key"


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """One endpoint's API and the local controls, over HTTP."""

    def __init__(self, runpod: LocalRunPod, endpoint: str = "ep", key: str = KEY) -> None:
        self.base = f"{runpod.url}/{endpoint}"
        self.controls = f"{runpod.origin}/local"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}/{path}", timeout=20, **options)

    def run(self, job_input: dict[str, Any] | None = None, **fields: Any) -> str:
        response = self.call("POST", "run", json={"input": job_input or {}, **fields})
        assert response.status_code == 200, response.text
        return response.json()["id"]

    def status(self, job_id: str) -> dict[str, Any]:
        response = self.call("GET", f"status/{job_id}")
        assert response.status_code == 200, response.text
        return response.json()

    def until(self, job_id: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        return wait_until(
            lambda: (found := self.status(job_id))["status"] in statuses and found, seconds
        )

    def faults(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        response = requests.put(f"{self.controls}/faults", json=list(rules), timeout=5)
        assert response.status_code == 200, response.text
        return response.json()["rules"]

    def log(self, **wanted: str) -> dict[str, Any]:
        return requests.get(f"{self.controls}/log", params=wanted, timeout=5).json()

    def history(self, job_id: str) -> dict[str, Any]:
        (entry,) = self.log(job_id=job_id)["jobs"]
        return entry


class HandWorker:
    """A worker whose every call the test makes itself."""

    def __init__(self, runpod: LocalRunPod, worker_id: str = "w1", endpoint: str = "ep") -> None:
        self.base = f"{runpod.url}/{endpoint}"
        self.id = worker_id
        self.session = requests.Session()
        self.session.headers["Authorization"] = KEY  # bare, as the SDK sends it

    def get(self, operation: str, query: str = "gpu=cpu") -> requests.Response:
        return self.session.get(f"{self.base}/{operation}/{self.id}?{query}", timeout=20)

    def take(self) -> dict[str, Any] | None:
        response = self.get("job-take", "gpu=cpu&job_in_progress=0")
        return response.json() if response.status_code == 200 else None

    def done(self, job_id: str, result: Any, operation: str = "job-done") -> int:
        return self.session.post(
            f"{self.base}/{operation}/{self.id}/{job_id}?gpu=cpu&isStream=false",
            data=json.dumps(result).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "charset": "utf-8"},
            timeout=20,
        ).status_code

    def work(self, result: Any) -> str:
        job = self.take()
        assert job is not None
        assert self.done(job["id"], result) == 200
        return job["id"]


class Receiver:
    """An HTTP server that records callbacks and answers as it is told, 200 by default."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.answers: list[int | float] = []  #: statuses; a float: seconds of silence before a 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(json.loads(body))
                receiver.times.append(time.monotonic())
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = 200
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/token"

    def wait_for(self, count: int, seconds: float = 10) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.bodies) >= count, seconds)
        return self.bodies


def wait_until(probe: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        assert time.monotonic() < deadline, "the awaited condition did not come true"
        time.sleep(0.02)
    return answer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def serve() -> Iterator[Callable[..., LocalRunPod]]:
    """Start a local RunPod with quick timings; keyword arguments change its settings."""
    with ExitStack() as stack:

        def start(
            *,
            clock: Callable[[], float] = time.time,
            hub: Mapping[str, str] | None = None,
            **settings: Any,
        ) -> LocalRunPod:
            quick = {
                "worker_poll": 0.3,
                "tick": 0.02,
                "webhook_delay": 0.1,
                "identity_fields": ("order", "attempt"),
                **settings,
            }
            return stack.enter_context(
                running_in_thread(
                    ["ep", "other"],
                    api_key=KEY,
                    clock=clock,
                    settings=Settings(**quick),
                    hub=hub,
                )
            )

        yield start


@pytest.fixture
def runpod(serve) -> LocalRunPod:
    return serve()


@pytest.fixture
def client(runpod) -> Client:
    return Client(runpod)


@pytest.fixture
def worker(runpod) -> HandWorker:
    return HandWorker(runpod)


@pytest.fixture
def connect() -> Callable[[LocalRunPod], tuple[Client, HandWorker]]:
    """Give a client and a worker of a server that the test has started itself."""
    return lambda runpod: (Client(runpod), HandWorker(runpod))


@pytest.fixture
def client_of() -> Callable[[LocalRunPod, str], Client]:
    """Give a client of an endpoint that is not the usual one."""
    return Client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until
