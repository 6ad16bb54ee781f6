"""Large callbacks are read two at a time, and none whose token is not ours."""

import base64
import contextlib
import io
import json
import threading
import tracemalloc

import flask
import pytest
from werkzeug.test import EnvironBuilder

import main as deployed
from firepod import wiring
from firepod.entrypoints import webhook
from tests.webhook import fuzz

MB = 1_000_000


@pytest.fixture
def backend():
    backend = fuzz.make_live_backend()
    wiring.use(backend)
    yield backend
    wiring.use(None)


class Counted(io.RawIOBase):
    """An endless body that counts how often it is read."""

    def __init__(self):
        self.reads = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.reads += 1
        buffer[:] = bytes(len(buffer))
        return len(buffer)


def post(token, body=b"", **stream):
    environ = EnvironBuilder(path=f"/{token}", method="POST", data=body).get_environ()
    app = flask.Flask("callback")
    with app.request_context(environ | stream):
        return app.make_response(deployed.runpodwebhook(flask.request)).status_code


def unread(body):
    return {"wsgi.input": body, "CONTENT_LENGTH": str(14 * MB)}


def large_callback(size=14 * MB):
    output = {"images": [base64.b64encode(bytes(size * 3 // 4)).decode()]}
    return json.dumps({"id": "job-1", "status": "COMPLETED", "output": output}).encode()


def at_once(count, act):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(act())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_body_is_not_read_before_its_token_is_known_to_be_ours(backend):
    del backend
    body = Counted()
    assert post("nobody", **unread(body)) == 401
    assert body.reads == 0


def test_sixteen_large_callbacks_at_once_are_in_memory_two_at_a_time(backend):
    body, token = large_callback(), fuzz.valid_token(backend)
    tracemalloc.start()
    try:
        answers = at_once(16, lambda: post(token, body))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert set(answers) <= {200, 503}
    assert answers.count(200) >= 2
    # The test's own streams share `body`; of each of the two there is its text and its value.
    assert peak < 6 * len(body)


def test_a_large_callback_without_room_may_come_again_and_a_small_one_is_taken(backend):
    token, small = fuzz.valid_token(backend), b'{"id": "job-1", "status": "IN_PROGRESS"}'
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            assert stack.enter_context(webhook.LARGE.held(""))
        body = Counted()
        assert post(token, **unread(body)) == 503
        assert body.reads == 0
        assert post(token, small) == 200
    assert post(token, large_callback(2 * MB)) == 200


def test_a_callback_of_a_million_parts_is_refused_before_it_is_parsed(backend):
    body = b'{"id": "job-1", "status": "COMPLETED", "output": [' + b"[]," * MB + b"[]]}"
    assert post(fuzz.valid_token(backend), body) == 400
