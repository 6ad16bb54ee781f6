"""Storage and Firestore that do not answer, on real sockets: told as such, and in time."""

import gc
import threading
import time

import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import RefreshError

from firepod.adapters import firestore_reach, storage_reach
from firepod.adapters.bucket import Bucket
from firepod.adapters.storage_reach import Patience, open_client
from firepod.domain.errors import Unavailable
from firepod.domain.generation import ListedFile, Output, StoredFile
from firepod.settings import MediaUrls
from tests.fakes.clock import START
from tests.fakes.server import KINDS, answer, out_of_reach, request_of, serving
from tests.fakes.values import PNG, make_generation

# The library leaves the socket of a download that was refused to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

BRIEF = Patience(connect=0.4, read=0.4, again=0.4)
PICTURE = Output("generating/ann/image/a.png", "image/png")
LISTED = ListedFile(PICTURE.path, "image/png", 3, "ann", START, 1)
STORED = StoredFile(PICTURE.path, "image/png", 3, "t", "ann", 1)

CALLS = {
    "stat": lambda bucket: bucket.stat("a"),
    "head": lambda bucket: bucket.head("a", 4),
    "read": lambda bucket: bucket.read("a", 9),
    "below": lambda bucket: bucket.below("a"),
    "put": lambda bucket: bucket.put(PICTURE, PNG, owner="ann", attempt=1),
    "put_file": lambda bucket: bucket.put_file(PICTURE, __file__, owner="ann", attempt=1),
    "delete": lambda bucket: bucket.delete(["a"], owner="ann", upto_attempt=1),
    "listing": lambda bucket: bucket.listing("uploads/", limit=10),
    "remove": lambda bucket: bucket.remove(LISTED),
    "upload_url": lambda bucket: bucket.upload_url(PICTURE, owner="ann", attempt=1, until=START),
    "share": lambda bucket: bucket.share(STORED),
}


class NoToken(AnonymousCredentials):
    """What google-auth does when the token endpoint refuses the key."""

    def before_request(self, *_request):
        raise RefreshError("invalid_grant: the account is gone")


@pytest.fixture
def bucket_at():
    """`bucket_at(port)`: the bucket of a Storage there, with little patience."""
    clients = []

    def open_bucket(port, credentials=None):
        client = open_client(
            project="demo",
            credentials=credentials or AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
        )
        clients.append(client)
        return Bucket(lambda: client.bucket("bucket"), MediaUrls.PUBLIC, look=BRIEF, upload=BRIEF)

    yield open_bucket
    for client in clients:
        client.close()
    gc.collect()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
def test_a_storage_out_of_reach_is_told_in_words_and_in_time(kind, call, bucket_at):
    with out_of_reach(kind) as port:
        bucket = bucket_at(port)
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="file storage"):
            CALLS[call](bucket)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("status", ["403 Forbidden", "401 Unauthorized", "500 Oops"])
def test_a_storage_that_is_not_set_up_for_us_is_told_as_one_that_does_not_answer(status, bucket_at):
    def refuse(connection):
        while request_of(connection):
            connection.sendall(answer(status, b"{}"))

    with serving(refuse) as port:
        for call in CALLS.values():
            with pytest.raises(Unavailable):
                call(bucket_at(port))


def test_a_key_that_was_taken_away_is_told_as_a_storage_that_does_not_answer(bucket_at):
    bucket = bucket_at(9, credentials=NoToken())
    with pytest.raises(Unavailable) as told:
        bucket.stat("a")
    assert "invalid_grant" not in told.value.message


def test_a_look_into_storage_ends_within_fifteen_seconds_whatever_happens():
    look, upload = storage_reach.LOOK, storage_reach.UPLOAD
    assert look.connect + look.read + look.again <= 15
    assert upload.connect + upload.read + upload.again <= 40
    bounds = look.bounds()
    assert bounds["timeout"] == (look.connect, look.read)
    assert bounds["retry"].timeout == look.again


@pytest.mark.parametrize("kind", KINDS)
def test_a_firestore_out_of_reach_is_told_in_words_and_in_time(kind, monkeypatch):
    from google.cloud import firestore

    from firepod.adapters.firestore import FirestoreStore

    with out_of_reach(kind) as port:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
        client = firestore.Client(project="demo", credentials=AnonymousCredentials())
        store, ref = FirestoreStore(client, patience=1.5), make_generation().ref
        calls = {
            "transition": lambda: store.transition(ref, lambda records: records),
            "find": lambda: store.find(ref),
            "find_key": lambda: store.find_key("k"),
            "due_jobs": lambda: store.due_jobs(START, 10),
            "usage": lambda: store.usage("ann", ref.media_type),
        }
        for call in calls.values():
            begun = time.monotonic()
            with pytest.raises(Unavailable, match="database"):
                call()
            assert time.monotonic() - begun < 4
        client.close()


def test_without_credentials_of_google_the_database_is_out_of_reach(monkeypatch, tmp_path):
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(Unavailable, match="database") as told:
        firestore_reach.open_client("demo")
    assert "none.json" not in told.value.message


def test_storage_is_asked_for_what_we_ask_and_nothing_else(bucket_at):
    asked = []

    def missing(connection):
        while request := request_of(connection):
            asked.append(request.split(b" ")[1].partition(b"?")[0])
            connection.sendall(answer("404 Not Found", b"{}"))

    with serving(missing) as port:
        assert bucket_at(port).stat("a") is None
        assert not [one for one in threading.enumerate() if "_background" in one.name]
    assert asked == [b"/storage/v1/b/bucket/o/a"]
