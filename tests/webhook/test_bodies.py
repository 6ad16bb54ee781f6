"""Bodies and tokens from anybody at all: answered, logged without them, and nothing more."""

import base64
import json

import flask
import pytest
from werkzeug.test import EnvironBuilder

import main as deployed
from firepod import wiring
from firepod.domain.generation import Status
from firepod.entrypoints.webhook import MAX_BODY_BYTES
from tests.fakes.values import PNG, make_generation
from tests.webhook import fuzz

MEGABYTES_20 = 20_000_000


@pytest.fixture
def backend():
    backend = fuzz.make_live_backend()
    wiring.use(backend)
    yield backend
    wiring.use(None)


def post(token: str, body: bytes) -> int:
    environ = EnvironBuilder(path=f"/{token}", method="POST", data=body).get_environ()
    app = flask.Flask("callback")
    with app.request_context(environ):
        return app.make_response(deployed.runpodwebhook(flask.request)).status_code


@pytest.mark.timeout(120)
def test_no_body_and_no_token_of_strangers_does_anything():
    found = fuzz.fuzz(5_000, seed=20261121)

    assert set(found.answers) <= {200, 400, 401, 404, 405, 413}
    assert min(found.answers[status] for status in (200, 400, 401, 404, 405, 413)) > 0
    assert found.changed == []
    assert found.leaked == []
    assert found.grown_bytes < 30_000_000


def test_a_result_of_20_mb_in_base64_is_taken(backend):
    picture = PNG + bytes(MEGABYTES_20 * 3 // 4 - len(PNG))
    output = {"images": [base64.b64encode(picture).decode()]}
    body = {"id": "job-1", "status": "COMPLETED", "output": output, "input": {"prompt": "a" * 4000}}
    assert len(json.dumps(body)) > MEGABYTES_20

    assert post(fuzz.valid_token(backend), json.dumps(body).encode()) == 200

    # It is a hint only: the picture itself comes from /status.
    assert [task.function for task in backend.queue.tasks] == ["reconcile"]
    assert backend.store.find(make_generation().ref).status is Status.QUEUED


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY_BYTES, 400), (MAX_BODY_BYTES + 1, 413)])
def test_the_largest_body_is_read_and_one_byte_more_is_not(backend, size: int, status: int):
    assert post(fuzz.valid_token(backend), b" " * size) == status
