"""The Storage emulator heeds `ifGenerationMatch`, as Cloud Storage does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from local.stack.child import running_stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("stack"), "--only", "storage") as stack:
        client = storage.Client(
            project=stack.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": stack.urls["storage"]},
        )
        yield client.bucket(stack.bucket)
        client.close()


def test_create_only_creates_once(bucket):
    blob = bucket.blob("once/a.txt")
    blob.upload_from_string("first", if_generation_match=0)
    with pytest.raises(PreconditionFailed, match="pre-conditions"):
        blob.upload_from_string("second", if_generation_match=0)
    assert bucket.blob("once/a.txt").download_as_bytes() == b"first"
    blob.upload_from_string("third")
    assert bucket.blob("once/a.txt").download_as_bytes() == b"third"


def test_a_session_that_creates_only_is_refused_at_its_end(bucket, tmp_path):
    (tmp_path / "content").write_bytes(b"x" * 300_000)
    for name, refused in (("session/new", False), ("session/there", True)):
        if refused:
            bucket.blob(name).upload_from_string("there")
        blob = bucket.blob(name, chunk_size=262_144 * 2)
        url = blob.create_resumable_upload_session(if_generation_match=0)
        answer = bucket.client._http.put(url, data=(tmp_path / "content").read_bytes())
        assert answer.status_code == (412 if refused else 200)
    assert bucket.blob("session/there").download_as_bytes() == b"there"
    assert bucket.get_blob("session/new").size == 300_000


def test_of_those_who_create_at_the_same_time_one_wins(bucket):
    def create(number):
        try:
            bucket.blob("race").upload_from_string(str(number), if_generation_match=0)
        except PreconditionFailed:
            return None
        return str(number).encode()

    with ThreadPoolExecutor(8) as several:
        created = [found for found in several.map(create, range(8)) if found is not None]
    assert created == [bucket.blob("race").download_as_bytes()]


def test_only_the_version_that_is_meant_is_replaced_or_deleted(bucket):
    blob = bucket.blob("version")
    blob.upload_from_string("one")
    seen = bucket.get_blob("version").generation
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("two", if_generation_match=seen + 1)
    with pytest.raises(PreconditionFailed):
        bucket.blob("version").delete(if_generation_match=seen + 1)
    bucket.blob("version").delete(if_generation_match=seen)
    with pytest.raises(NotFound):
        bucket.blob("version").delete(if_generation_match=seen)
    with pytest.raises(PreconditionFailed):
        bucket.blob("version").upload_from_string("three", if_generation_match=seen)
