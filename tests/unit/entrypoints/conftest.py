"""What `main` exports, called in this process with Flask requests, on a backend of fakes."""

import base64
import json
import os
import time

import pytest
from flask import Flask, request
from werkzeug.test import EnvironBuilder

from firepod import wiring

# firebase_admin has one project in a process, whoever tests there.
PROJECT = "demo-firepod"


@pytest.fixture(scope="session")
def main():
    import main as deployed

    return deployed


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """A function in the emulator, where ID tokens are not signed, and no other test's emulator."""
    for name in [name for name in os.environ if name.endswith("_EMULATOR_HOST")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    monkeypatch.setenv("GCLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.delenv("FIREBASE_CONFIG", raising=False)


@pytest.fixture
def backend(backend):
    wiring.use(backend)
    yield backend
    wiring.use(None)


@pytest.fixture
def call(main, backend):
    """`call(name, ...)`: the answer of a deployed function."""
    app = Flask("functions")

    def send(name, *, method="POST", path="/", data=None, body=None, headers=None):
        if body is None and data is not None:
            body = json.dumps({"data": data}).encode()
        builder = EnvironBuilder(
            path=path,
            method=method,
            data=body,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        environ = builder.get_environ()
        # werkzeug counts by itself, and counts nothing for an empty body
        environ["CONTENT_LENGTH"] = (headers or {}).get("Content-Length", str(len(body or b"")))
        with app.request_context(environ):
            return app.make_response(getattr(main, name)(request._get_current_object()))

    return send


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def signed_in():
    """`signed_in(uid)`: headers with an ID token as the Auth emulator makes them."""

    def headers(uid="ann"):
        now = int(time.time())
        claims = {
            "iss": f"https://securetoken.google.com/{PROJECT}",
            "aud": PROJECT,
            "auth_time": now,
            "user_id": uid,
            "sub": uid,
            "iat": now - 1,
            "exp": now + 3600,
            "firebase": {"identities": {}, "sign_in_provider": "anonymous"},
        }
        token = f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."
        return {"Authorization": f"Bearer {token}"}

    return headers
