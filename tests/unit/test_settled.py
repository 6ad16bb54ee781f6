"""The environment says where proxies are; a .netrc of it is no key of ours."""

import json

import pytest
from google.auth.credentials import AnonymousCredentials

from firepod.adapters.firebase_users import FirebaseUsers
from firepod.adapters.storage_reach import open_client
from tests.fakes.server import answer, request_of, serving

ACCOUNT = answer("200 OK", json.dumps({"users": [{"localId": "ann"}]}).encode())


@pytest.fixture
def heard(monkeypatch, tmp_path):
    """The requests that a proxy has heard; whoever heeds a .netrc would tell a password."""
    requests = []

    def proxy(connection):
        while request := request_of(connection):
            requests.append(request)
            connection.sendall(ACCOUNT)

    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(proxy) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        yield requests


def test_firebase_auth(heard, monkeypatch):
    import firebase_admin

    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "auth.test")
    app = firebase_admin.initialize_app(options={"projectId": "demo-users"}, name="settled")
    try:
        FirebaseUsers(app).check("ann", 1)
    finally:
        firebase_admin.delete_app(app)
    [request] = heard
    assert request.startswith(b"POST http://auth.test/")
    assert b"\r\nauthorization: Bearer owner\r\n" in request


def test_storage(heard):
    client = open_client(
        project="demo-media",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": "http://storage.test"},
    )
    client.bucket("media").get_blob("one")
    [request] = heard
    assert request.startswith(b"GET http://storage.test/storage/v1/b/media/o/one?")
    assert b"authorization" not in request.lower()
