"""A worker and a Firebase that does not answer: it waits a little, then takes the next way."""

import asyncio
import base64
import threading
import time
from dataclasses import dataclass, replace

import pytest
from google.auth.credentials import AnonymousCredentials

from firepod.adapters.bucket import Bucket
from firepod.adapters.storage_reach import Patience as Bounds
from firepod.adapters.storage_reach import open_client
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Status
from firepod.settings import MediaUrls
from tests.fakes.server import KINDS, answer, out_of_reach, request_of, serving
from tests.fakes.values import PNG, make_generation
from worker.job_url import ASK_TIMEOUT
from worker.patience import INLINE_BYTES, Limits, Patience, UploadFailed
from worker.run import run_job

REF = make_generation().ref
BRIEF = Limits(firestore=0.5, storage=0.8)
BUSY_SECONDS = 10.0  # of a machine that does other things; without a bound these hang for ever


@dataclass
class WithBucket:
    """`worker.firebase.Firebase` with this bucket."""

    store: object
    of: object

    def bucket(self, _media_urls):
        return self.of


def work(worker, job):
    """The answer, and the seconds from the engine's end to it."""
    ended = []
    worker.engine.during = lambda _step: ended.append(time.monotonic())
    said = asyncio.run(run_job(job, worker.around))
    return said, time.monotonic() - ended[0]


@pytest.fixture
def hanging():
    """A call that never ends by itself."""
    end = threading.Event()
    yield lambda *_args, **_more: end.wait()
    end.set()


def test_by_default_base64_leaves_a_worker_within_45_seconds_of_the_engines_end():
    limits = Limits()
    assert (limits.firestore <= 15, limits.storage <= 30) == (True, True)
    assert limits.firestore + limits.storage < 45
    assert sum(ASK_TIMEOUT) + limits.storage < 45  # without a key


def test_a_storage_that_hangs_is_given_up_for_base64(make_worker, queued, hanging):
    worker, job = make_worker(limits=BRIEF), queued()
    worker.backend.storage.__dict__["put_file"] = hanging

    said, seconds = work(worker, job)

    assert base64.b64decode(said["images"][0]) == PNG
    assert seconds < BRIEF.storage + BUSY_SECONDS
    assert worker.backend.store.find(REF).status is Status.PROCESSING


def test_a_firestore_that_hangs_at_the_end_is_given_up_for_base64(make_worker, queued, hanging):
    worker, job = make_worker(limits=BRIEF), queued()
    put_file = worker.backend.storage.put_file

    def last_upload(*args, **more):
        worker.backend.store.__dict__["transition"] = hanging
        return put_file(*args, **more)

    worker.backend.storage.__dict__["put_file"] = last_upload
    said, seconds = work(worker, job)

    assert base64.b64decode(said["images"][0]) == PNG
    assert seconds < BRIEF.firestore + BRIEF.storage + BUSY_SECONDS


def test_a_firestore_that_hangs_from_the_start_is_given_up_for_base64(make_worker, queued, hanging):
    worker, job = make_worker(limits=BRIEF), queued()
    worker.backend.store.__dict__["transition"] = hanging
    begun = time.monotonic()

    said, _ = work(worker, job)

    assert base64.b64decode(said["images"][0]) == PNG
    assert time.monotonic() - begun < BRIEF.firestore + BUSY_SECONDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_storage_out_of_reach_over_the_wire_is_given_up_for_base64(make_worker, queued, kind):
    job = queued()
    with out_of_reach(kind) as port:
        client = open_client(
            project="demo",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
        )
        brief = Bounds(connect=0.3, read=0.3, again=0.3)
        bucket = Bucket(lambda: client.bucket("b"), MediaUrls.TOKEN, look=brief, upload=brief)
        worker = make_worker(limits=BRIEF)
        around = replace(worker.around, firebase=WithBucket(worker.backend.store, bucket))
        said, seconds = work(replace(worker, around=around), job)
        client.close()
    assert base64.b64decode(said["images"][0]) == PNG
    assert seconds < 4


@pytest.mark.parametrize("kind", KINDS)
def test_an_upload_url_out_of_reach_is_given_up_for_base64(make_worker, queued, kind):
    with out_of_reach(kind) as port:
        worker = make_worker(firebase=False, limits=BRIEF)
        said, seconds = work(worker, queued(upload_urls=[f"http://127.0.0.1:{port}/o"]))
    assert base64.b64decode(said["images"][0]) == PNG
    assert seconds < 4


def test_the_signed_headers_go_with_an_upload(make_worker, queued):
    seen = []

    def take(connection):
        while request := request_of(connection):
            seen.append(request)
            connection.sendall(answer("200 OK", b""))

    with serving(take) as port:
        job = queued(upload_urls=[f"http://127.0.0.1:{port}/o"])
        headers = {"Content-Type": "image/png", "x-goog-if-generation-match": "0"}
        job["input"]["outputs"][0]["upload_headers"] = headers
        said, _ = work(make_worker(firebase=False), job)
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert said["uploaded"] == 1
    assert b"x-goog-if-generation-match: 0" in head
    assert b"Content-Type: image/png" in head
    assert body == PNG


def test_an_upload_whose_answer_was_lost_is_found_there_by_the_next_try(make_worker, queued):
    calls = []

    def take(connection):
        while request_of(connection):
            calls.append(1)
            if len(calls) == 1:
                return
            connection.sendall(answer("412 Precondition Failed", b""))

    with serving(take) as port:
        said, _ = work(
            make_worker(firebase=False), queued(upload_urls=[f"http://127.0.0.1:{port}/o"])
        )
    assert said["uploaded"] == 1


def test_a_url_that_cannot_be_made_is_tried_again_with_its_file(make_worker, queued):
    worker, job = make_worker(), queued()
    share, tries = worker.backend.storage.share, []

    def second_time(file):
        tries.append(file)
        if len(tries) == 1:
            raise Unavailable("no link")
        return share(file)

    worker.backend.storage.__dict__["share"] = second_time
    said, _ = work(worker, job)
    assert "image_url" in said
    assert worker.backend.store.find(REF).status is Status.COMPLETED


def test_large_media_that_no_answer_carries_get_the_time_of_a_slow_line(tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(PNG)
    with large.open("wb") as file:
        file.truncate(INLINE_BYTES + 60_000_000)
    limits = Limits()
    assert limits.for_uploads([small]).left <= limits.storage
    assert limits.for_uploads([small, large]).left == pytest.approx(limits.storage + 60, abs=1)


def test_a_patience_that_is_over_tries_nothing_more():
    tries = []

    def fails():
        tries.append(1)
        raise Unavailable("no")

    with pytest.raises(UploadFailed):
        Patience(0.5).again(fails)
    assert len(tries) == 1
