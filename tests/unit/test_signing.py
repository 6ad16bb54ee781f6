"""Signed URLs, by a key of our own and by IAM, checked offline as Google documents them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from google.auth import compute_engine
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import service_account

from firepod.adapters.bucket import Bucket
from firepod.adapters.signing import LONGEST, CannotSign, Signer, upload_headers
from firepod.adapters.storage_reach import open_client
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Output, StoredFile
from firepod.kinds import registry
from firepod.settings import MediaUrls
from tests.fakes.server import answer, request_of, serving
from tests.fakes.signed_urls import EMAIL, Key, refusal, size_refusal

PICTURE = Output("generating/ann/image/a b.png", "image/png")
STORED = StoredFile(PICTURE.path, "image/png", 3, "", "ann", 1)


@pytest.fixture(scope="module")
def key():
    return Key.make()


@pytest.fixture
def opened():
    """`opened(credentials)`: a client of Google's Storage, which is never asked."""
    clients = []

    def open_with(credentials, **options):
        client = open_client(project="demo", credentials=credentials, **options)
        clients.append(client)
        return client

    yield open_with
    for client in clients:
        client.close()


def now():
    return datetime.now(UTC)


def keyed(key):
    return service_account.Credentials.from_service_account_info(key.account())


def function_account():
    # The client of Storage has asked for the domain when it was opened.
    return compute_engine.Credentials(universe_domain="googleapis.com")


class Google:
    """The metadata server and IAM of a function, in place of google-auth's transport."""

    def __init__(self, key, *, allowed=True):
        self.key, self.allowed, self.asked = key, allowed, []

    def __call__(self, url, method="GET", body=None, headers=None, **_more):
        self.asked.append((method, url.partition("?")[0]))
        if ":signBlob" in url:
            if not self.allowed:
                return Response(403, {"error": {"status": "PERMISSION_DENIED"}})
            assert headers["authorization"] == "Bearer its-token"
            blob = base64.b64decode(json.loads(body)["payload"])
            signed = base64.b64encode(self.key.sign(blob)).decode()
            return Response(200, {"keyId": "k", "signedBlob": signed})
        if url.partition("?")[0].endswith("/token"):
            return Response(200, {"access_token": "its-token", "expires_in": 3600})
        if "allowedLocations" in url:
            return Response(200, {"encodedLocations": "0x0", "locations": []})
        if "universe" in url:
            return Response(200, "googleapis.com", "text/plain")
        return Response(200, {"email": EMAIL, "scopes": ["cloud-platform"]})


class Response:
    def __init__(self, status, value, kind="application/json"):
        self.status, self.headers = status, {"content-type": kind}
        self.data = (value if isinstance(value, str) else json.dumps(value)).encode()


def test_a_key_file_signs_a_result_without_asking_anybody(key, opened):
    client = opened(keyed(key))
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.SIGNED)

    url = bucket.share(STORED)

    assert url.startswith("https://storage.googleapis.com/bucket/generating/ann/image/a%20b.png?")
    assert refusal(key, "GET", url, {}, now()) == ""
    assert refusal(key, "GET", url, {}, now() + LONGEST - timedelta(minutes=1)) == ""
    assert refusal(key, "GET", url, {}, now() + LONGEST + timedelta(minutes=1)) == "expired"
    assert refusal(Key.make(), "GET", url, {}, now()) == "the signature does not match"
    assert refusal(key, "DELETE", url, {}, now()) == "the signature does not match"
    other = url.replace("/ann/", "/bob/")
    assert refusal(key, "GET", other, {}, now()) == "the signature does not match"


def test_a_signed_url_of_a_result_ends_when_the_operator_says(key, opened):
    client = opened(keyed(key))
    hours = timedelta(hours=5)
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.SIGNED, signed_for=hours)
    url = bucket.url(STORED)
    assert refusal(key, "GET", url, {}, now() + timedelta(hours=4)) == ""
    assert refusal(key, "GET", url, {}, now() + timedelta(hours=6)) == "expired"


def test_a_public_url_is_the_one_that_google_serves_to_everybody(opened):
    client = opened(AnonymousCredentials())
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.PUBLIC)
    url = "https://storage.googleapis.com/bucket/generating/ann/image/a%20b.png"
    assert bucket.url(STORED) == url


def test_pages_of_any_origin_may_read_bytes_and_write_none():
    (rule,) = json.loads((Path(__file__).parents[2] / "storage.cors.json").read_text())
    assert (rule["origin"], set(rule["method"])) == (["*"], {"GET", "HEAD"})


def test_an_upload_url_says_how_its_object_is_kept_and_called(key, opened):
    client = opened(keyed(key))
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN)
    output = Output(PICTURE.path, "image/png", 'a "fox".png')
    given = bucket.upload_url(output, owner="ann", attempt=1, until=now() + LONGEST)
    assert given.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert refusal(key, "PUT", given.url, given.headers, now()) == ""
    other = given.headers | {"Content-Disposition": "attachment"}
    assert refusal(key, "PUT", given.url, other, now()) == "the signature does not match"
    thumb = Output("thumbs/ann/a_0.webp", "image/webp")
    small = bucket.upload_url(thumb, owner="ann", attempt=1, until=now() + LONGEST)
    assert small.headers["x-goog-content-length-range"] == "1,65536"


def test_an_input_can_be_read_until_the_end_of_its_job_and_no_longer(key, opened):
    client = opened(keyed(key))
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN)
    with_token = StoredFile("uploads/ann/a.png", "image/png", 3, "secret-token", "ann")

    url = bucket.read_url(with_token, now() + timedelta(minutes=70))

    assert "secret-token" not in url
    assert refusal(key, "GET", url, {}, now() + timedelta(minutes=69)) == ""
    assert refusal(key, "GET", url, {}, now() + timedelta(minutes=71)) == "expired"


def test_a_job_longer_than_a_signature_can_last_gets_the_longest(key, opened):
    client = opened(keyed(key))
    bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN)
    url = bucket.read_url(STORED, now() + timedelta(days=13))
    assert refusal(key, "GET", url, {}, now() + timedelta(days=6)) == ""


def test_the_signature_of_an_upload_url_covers_all_that_its_holder_must_not_choose(key, opened):
    client = opened(keyed(key))
    headers = upload_headers(PICTURE, "ann", 3)
    signer = Signer(keyed(key))
    url = signer.url(client.bucket("bucket").blob(PICTURE.path), "PUT", now() + LONGEST, headers)

    assert headers == {
        "Content-Type": "image/png",
        "x-goog-content-length-range": f"1,{registry.largest('image/png')}",
        "x-goog-if-generation-match": "0",
        "x-goog-meta-attempt": "3",
        "x-goog-meta-owner": "ann",
    }
    assert refusal(key, "PUT", url, headers, now()) == ""
    for name in headers:
        changed = headers | {name: "1,999999999999"}
        assert refusal(key, "PUT", url, changed, now()) == "the signature does not match"
        missing = {other: value for other, value in headers.items() if other != name}
        assert refusal(key, "PUT", url, missing, now()) == "a signed header is missing"
    more = headers | {"x-goog-acl": "public-read"}
    assert refusal(key, "PUT", url, more, now()) == "a header of Google's is not signed"
    assert size_refusal(headers, 50_000_001)
    assert size_refusal(headers, 0)
    assert not size_refusal(headers, 50_000_000)


@pytest.mark.parametrize(
    "content_type", ["image/png", "video/mp4", "audio/wav", "application/octet-stream"]
)
def test_every_kind_of_output_has_a_largest_size(content_type):
    assert 10_000_000 <= registry.largest(content_type) <= 1_000_000_000


def test_in_functions_iam_signs_for_the_account_that_has_no_key(key, opened):
    google = Google(key)
    client = opened(AnonymousCredentials())
    signer = Signer(function_account(), google)

    url = signer.url(client.bucket("bucket").blob("a.png"), "GET", now() + timedelta(hours=1))

    assert refusal(key, "GET", url, {}, now()) == ""
    assert f"{quote(EMAIL, safe='')}%2F" in url
    signing = [asked for asked in google.asked if ":signBlob" in asked[1]]
    place = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{EMAIL}:signBlob"
    assert signing == [("POST", place)]


def test_iam_is_asked_for_a_limited_time():
    signing = Signer(function_account())._signing
    connect, read = signing._request.keywords["timeout"]
    assert connect + read <= 10


def test_an_account_without_the_role_cannot_sign_and_nothing_of_googles_answer_is_told(key, opened):
    signer = Signer(function_account(), Google(key, allowed=False))
    blob = opened(AnonymousCredentials()).bucket("bucket").blob("a.png")
    with pytest.raises(CannotSign) as told:
        signer.url(blob, "GET", now() + LONGEST)
    assert "PERMISSION_DENIED" not in told.value.message
    assert isinstance(told.value, Unavailable)


def test_where_nothing_can_be_signed_an_upload_url_is_a_session(opened, monkeypatch):
    from firebase_functions import logger

    written = []
    monkeypatch.setattr(logger, "write", written.append)

    def storage(connection):
        while request := request_of(connection):
            if b"uploadType=resumable" not in request:
                connection.sendall(answer("404 Not Found", b"{}"))
                continue
            assert b"ifGenerationMatch=0" in request
            place = b"HTTP/1.1 200 OK\r\nLocation: http://session/1\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(place)

    with serving(storage) as port:
        client = opened(
            AnonymousCredentials(), client_options={"api_endpoint": f"http://127.0.0.1:{port}"}
        )
        bucket = Bucket(lambda: client.bucket("bucket"), MediaUrls.TOKEN)
        given = bucket.upload_url(PICTURE, owner="ann", attempt=1, until=now() + LONGEST)
        with pytest.raises(Unavailable):
            bucket.read_url(STORED, now() + LONGEST)
    assert (given.url, given.headers) == ("http://session/1", {"Content-Type": "image/png"})
    assert "iam.serviceAccountTokenCreator" in written[0]["message"]
