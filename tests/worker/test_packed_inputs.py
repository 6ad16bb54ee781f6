"""A gzip bomb gets past neither the backend nor the worker; the rules' part is in tests/rules."""

import contextlib
import gzip
import threading
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from firepod.adapters.bucket import Bucket
from firepod.domain.errors import InvalidArgument
from firepod.settings import MediaUrls
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.values import PNG
from worker.engines.interface import EngineError
from worker.inputs import fetch_inputs
from worker.task import parse_task

MIB = 1024 * 1024
PATH = "uploads/ann/start.png"
BOMB = gzip.compress(bytes(150 * MIB), compresslevel=1)


def task(**own):
    said = {
        "task_type": "img2img",
        "prompt": "a boat",
        "init_image": PATH,
        "user_id": "ann",
        "file_uid": "file-1",
        "use_cloud_storage": True,
        **own,
    }
    return parse_task({"id": "job-1", "input": said}, 0, None)


@contextlib.contextmanager
def serving(body, **headers):
    """A host that answers everything with this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_args):
            return

    asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def little_memory():
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 100 * MIB
    finally:
        tracemalloc.stop()


def test_a_worker_refuses_what_a_url_gives_it_packed(tmp_path):
    with serving(BOMB, Content_Encoding="gzip") as (host, asked), little_memory():
        one = task(download_urls={"init_image": f"http://{host}/x"})
        with pytest.raises(EngineError, match="compressed for its transfer"):
            fetch_inputs(one, tmp_path, None, frozenset({host}))

    assert asked[0]["Accept-Encoding"] == "identity"


def test_a_worker_reads_no_more_than_it_takes_of_what_storage_unpacks_for_it(tmp_path):
    with serving(bytes(60 * MIB)) as (host, _), little_memory():
        one = task(download_urls={"init_image": f"http://{host}/x"})
        with pytest.raises(EngineError, match="larger than 25 MiB"):
            fetch_inputs(one, tmp_path, None, frozenset({host}))


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_a_worker_refuses_what_lies_packed_in_the_bucket(backend, tmp_path, encoding):
    backend.storage.keep(PATH, BOMB, "image/png", encoding=encoding)

    with pytest.raises(EngineError, match="compressed for its transfer"):
        fetch_inputs(task(), tmp_path, backend.storage)


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_what_is_as_it_is_is_read(backend, tmp_path, encoding):
    backend.storage.keep(PATH, PNG, "image/png", encoding=encoding)

    assert fetch_inputs(task(), tmp_path, backend.storage)["init_image"].read_bytes() == PNG


def test_the_backend_refuses_an_upload_that_lies_packed(backend):
    backend.storage.keep(PATH, BOMB, "image/png", encoding="gzip")

    with pytest.raises(InvalidArgument, match="compressed for its transfer"):
        submit(backend, "ann", make_request("img2img", init_image=PATH))

    assert not backend.gpu.calls


def test_the_bucket_gives_the_bytes_as_they_are_stored(monkeypatch):
    with serving(BOMB, Content_Encoding="gzip") as (host, asked), little_memory():
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{host}")
        client = Client(project="demo", credentials=AnonymousCredentials())
        data = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN).read(PATH, 1000)
        client.close()

    assert data == BOMB[:1000]
    assert asked[-1]["Range"] == "bytes=0-999"
