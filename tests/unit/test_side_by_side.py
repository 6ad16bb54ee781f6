"""What `generate` asks of Storage is on its way while the database is asked, and costs no time."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from firepod.adapters.side_by_side import SideBySide
from firepod.domain.errors import InvalidArgument, ResourceExhausted, Unavailable
from firepod.domain.generation import Phase
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.storage import FakeStorage
from tests.fakes.store import FakeStore

PICTURE = "uploads/ann/start.png"
SECONDS = 10


def reached(state):
    until = time.monotonic() + SECONDS
    while not state():
        assert time.monotonic() < until, "it is not asked before the database has answered"
        time.sleep(0.001)


@dataclass
class Asked(SideBySide, FakeStorage):
    """Storage that answers only when the database has been asked."""

    begun: Counter[str] = field(default_factory=Counter)
    database: threading.Event = field(default_factory=threading.Event)

    def stat(self, path):
        self._wait("stat")
        return super().stat(path)

    def upload_url(self, output, **labels):
        self._wait("upload_url")
        return super().upload_url(output, **labels)

    def _wait(self, what):
        assert self.database.wait(SECONDS), "it is waited for before the database is asked"
        self.begun[what] += 1


@dataclass
class Database(FakeStore):
    """Answers its first question only when Storage has been asked all that was expected."""

    storage: Asked | None = None
    expected: Counter[str] = field(default_factory=Counter)

    def transition(self, *args, **kwargs):
        self.storage.database.set()
        reached(lambda: self.storage.begun >= self.expected)
        return super().transition(*args, **kwargs)


def waiting(expected=(), **settings):
    backend = make_backend(**settings)
    storage = Asked(backend.clock, backend.failpoints)
    store = Database(backend.clock, backend.failpoints, storage=storage, expected=Counter(expected))
    storage.keep(PICTURE, b"\x89PNG", "image/png", owner="ann", attempt=0)
    return replace(backend, store=store, storage=storage)


@pytest.mark.parametrize(
    ("delivery", "expected"), [("credentials", ["stat"]), ("upload_urls", ["stat", "upload_url"])]
)
def test_inputs_are_looked_at_and_urls_are_signed_while_the_database_is_asked(delivery, expected):
    backend = waiting(expected, worker_delivery=delivery)
    started = submit(backend, "ann", make_request("img2img", init_image=PICTURE))
    assert backend.store.jobs[f"jobs/{started.ref.file_uid}"].phase is Phase.SUBMITTED
    [call] = backend.gpu.calls
    assert ("upload_url" in str(call)) is (delivery == "upload_urls")


def test_an_input_that_may_not_be_used_starts_nothing():
    backend = waiting(worker_delivery="upload_urls")
    with pytest.raises(InvalidArgument):
        submit(backend, "ann", make_request("img2img", init_image="uploads/ann/none.png"))
    assert (backend.store.values, backend.gpu.calls) == ({}, [])


def test_who_is_refused_is_refused_however_the_signing_goes():
    backend = waiting(worker_delivery="upload_urls")
    backend.failpoints.break_port("storage.upload_url", Unavailable("Storage does not answer."))
    for _ in range(backend.settings.limits.active):
        submit(backend, "ann", make_request())  # they wait for `dispatch`
    with pytest.raises(ResourceExhausted):
        submit(backend, "ann", make_request())
    assert {job.phase for job in backend.store.jobs.values()} == {Phase.WAITING}
    assert backend.gpu.calls == []
