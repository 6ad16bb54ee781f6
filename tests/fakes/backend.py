"""A whole backend of fakes, and the processes that work on it."""

from dataclasses import dataclass
from typing import Any

from firepod.kinds.catalog import parse_request
from firepod.kinds.validation import Request
from firepod.ports import Backend
from tests.fakes.clock import FakeClock
from tests.fakes.failpoints import Failpoints
from tests.fakes.gpu import FakeGpu
from tests.fakes.links import FakeLinks
from tests.fakes.queue import FakeQueue
from tests.fakes.storage import FakeStorage
from tests.fakes.store import FakeStore
from tests.fakes.users import FakeUsers
from tests.fakes.values import make_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeBackend(Backend):
    """`firepod.ports.Backend` of which a test sees more than the ports."""

    store: FakeStore
    gpu: FakeGpu
    storage: FakeStorage
    links: FakeLinks
    queue: FakeQueue
    users: FakeUsers
    clock: FakeClock
    failpoints: Failpoints


def make_backend(**settings: Any) -> FakeBackend:
    clock, failpoints = FakeClock(), Failpoints()
    return FakeBackend(
        store=FakeStore(clock, failpoints),
        gpu=FakeGpu(failpoints),
        storage=FakeStorage(clock, failpoints),
        links=FakeLinks(failpoints),
        queue=FakeQueue(failpoints),
        users=FakeUsers(),
        clock=clock,
        failpoints=failpoints,
        settings=make_settings(**settings),
    )


def make_request(task_type: str = "text2img", **fields: Any) -> Request:
    return parse_request({"task_type": task_type, "prompt": "a lighthouse", **fields})
