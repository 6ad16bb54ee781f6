"""A user who changes their mind while /run is under way, fifty times: RunPod's jobs stay few.

The real adapter against the local RunPod, without workers: what is not stopped stays in the queue.
"""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
import requests

from firepod.adapters.runpod_http import RunpodHttp
from firepod.domain.errors import NotFound, ResourceExhausted
from firepod.domain.generation import GenerationRef, MediaType
from firepod.domain.quota import Limits
from firepod.models.parameters import OF_MEDIA
from firepod.settings import WorkerDelivery
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from tests.fakes.backend import make_backend, make_request

ENDPOINT, KEY = "image", "local"
MAX_ACTIVE, TIMES, AT_ONCE = 4, 50, 8


@dataclass
class InTheWindow:
    """RunPod whose answer of /run comes after `act`; counts the jobs that it has by then."""

    inner: RunpodHttp
    health: str
    act: object = None
    times: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, endpoint_id, body):
        outcome = self.inner.run(endpoint_id, body)
        with self.lock:
            self.times += 1
            self.most = max(self.most, self.live())
        task = body["input"]
        self.act(GenerationRef(task["user_id"], MediaType(task["media_type"]), task["file_uid"]))
        return outcome

    def live(self):
        headers = {"Authorization": f"Bearer {KEY}"}
        counts = requests.get(self.health, headers=headers, timeout=5).json()["jobs"]
        return counts["inQueue"] + counts["inProgress"]

    def __getattr__(self, name):
        return getattr(self.inner, name)


@pytest.fixture
def backend():
    made = make_backend(
        limits=Limits(active=MAX_ACTIVE, daily=10_000),
        worker_delivery=WorkerDelivery.UPLOAD_URLS,
        endpoints=dict.fromkeys(OF_MEDIA.values(), ENDPOINT),
    )
    settings = Settings(rate_limits=False)
    with running_in_thread([ENDPOINT], api_key=KEY, settings=settings) as runpod:
        health = f"{runpod.url}/{ENDPOINT}/health"
        yield replace(made, gpu=InTheWindow(RunpodHttp(runpod.url, KEY), health))


def storm(backend, start):
    """`start` again and again, from several threads, until the window was used often enough."""

    def user():
        while backend.gpu.times < TIMES:
            try:
                start()
            except (ResourceExhausted, NotFound):
                continue

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(user) for _ in range(AT_ONCE)]:
            done.result()


@pytest.mark.parametrize("end", [cancel, discard])
def test_an_end_inside_the_window_never_leaves_more_jobs_than_may_run(backend, end):
    backend.gpu.act = lambda ref: end(backend, ref)

    storm(backend, lambda: submit(backend, "ann", make_request()))

    assert backend.gpu.times >= TIMES
    assert 1 < backend.gpu.most <= MAX_ACTIVE
    # No sweep has run: who asked for a job has it stopped as soon as RunPod has answered.
    assert backend.gpu.live() == 0
    assert backend.store.quotas["quotas/ann"].leases == {}


def test_a_retry_inside_the_window_takes_a_place_of_its_own(backend):
    def cancel_and_retry(ref):
        cancel(backend, ref)
        if backend.store.find(ref).attempt < 5:
            with contextlib.suppress(ResourceExhausted):
                retry(backend, ref)

    backend.gpu.act = cancel_and_retry

    storm(backend, lambda: submit(backend, "ann", make_request()))

    assert 1 < backend.gpu.most <= MAX_ACTIVE
    assert backend.gpu.live() == 0
    assert backend.store.quotas["quotas/ann"].leases == {}
