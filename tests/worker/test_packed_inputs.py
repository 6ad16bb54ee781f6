"""A gzip bomb gets past neither the backend nor the worker; the rules' part is in tests/rules."""

import contextlib
import gzip
import tracemalloc

import pytest
from google.auth.credentials import AnonymousCredentials

from firepod.adapters.bucket import Bucket
from firepod.adapters.storage_reach import open_client
from firepod.domain.errors import InvalidArgument
from firepod.settings import MediaUrls
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.host import host
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
def little_memory():
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 100 * MIB
    finally:
        tracemalloc.stop()


def test_a_worker_refuses_what_a_url_gives_it_packed(tmp_path):
    with host(BOMB, Content_Encoding="gzip") as (name, asked), little_memory():
        one = task(download_urls={"init_image": f"http://{name}/x"})
        with pytest.raises(EngineError, match="compressed for its transfer"):
            fetch_inputs(one, tmp_path, None, frozenset({name}))

    assert asked[0].headers["Accept-Encoding"] == "identity"


def test_a_worker_reads_no_more_than_it_takes_of_what_storage_unpacks_for_it(tmp_path):
    with host(bytes(60 * MIB)) as (name, _), little_memory():
        one = task(download_urls={"init_image": f"http://{name}/x"})
        with pytest.raises(EngineError, match="larger than 25 MiB"):
            fetch_inputs(one, tmp_path, None, frozenset({name}))


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
    with host(BOMB, Content_Encoding="gzip") as (name, asked), little_memory():
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{name}")
        client = open_client(project="demo", credentials=AnonymousCredentials())
        data = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN).read(PATH, 1000)
        client.close()

    assert data == BOMB[:1000]
    (one,) = asked
    assert one.headers["Range"] == "bytes=0-999"
