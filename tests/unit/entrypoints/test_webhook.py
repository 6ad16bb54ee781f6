"""Every status code of `runpodwebhook` (docs/contract.md, 5); a body alone proves nothing."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firepod.domain.generation import ErrorCode, Status
from firepod.protocol.tokens import Callback, sign
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.values import BAD_USER_IDS, KEYRING, PNG

PATH = "generating/ann/image/{}.png"


@pytest.fixture
def started(backend):
    """A generation of ann's that RunPod runs as job-1."""
    return submit(backend, "ann", make_request()).ref


@pytest.fixture
def post(call, backend, started):
    def send(body, token=None, method="POST", headers=None):
        token = backend.gpu.jobs["job-1"].token if token is None else token
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        path = f"/runpodwebhook/{token}"
        return call("runpodwebhook", method=method, path=path, body=body, headers=headers)

    return send


COMPLETED = {"id": "job-1", "status": "COMPLETED", "output": {"images": ["x"]}}
FAILED = {"id": "job-1", "status": "FAILED", "error": "There is not enough memory."}


def test_a_failure_is_applied_at_once(post, backend, started):
    assert post(FAILED).status_code == 200
    generation = backend.store.find(started)
    assert (generation.status, generation.error) == (Status.FAILED, "There is not enough memory.")


def test_a_failure_has_the_code_that_its_worker_told(post, backend, started):
    output = {"error_code": "out_of_memory", "images": ["x" * 100]}
    assert post({**FAILED, "output": output}).status_code == 200
    assert backend.store.find(started).error_code is ErrorCode.OUT_OF_MEMORY


def test_a_result_in_storage_is_applied_at_once(post, backend, started):
    backend.storage.keep(PATH.format(started.file_uid), PNG, "image/png", attempt=1)
    assert post(COMPLETED).status_code == 200
    assert backend.store.find(started).status is Status.COMPLETED
    assert backend.queue.tasks == []


def test_a_result_in_storage_is_one_although_runpod_says_that_the_job_failed(
    post, backend, started
):
    backend.storage.keep(PATH.format(started.file_uid), PNG, "image/png", attempt=1)
    assert post(FAILED).status_code == 200
    assert backend.store.find(started).status is Status.COMPLETED


def test_a_result_in_the_body_is_left_to_reconcile(post, backend, started):
    assert post(COMPLETED).status_code == 200
    assert backend.store.find(started).status is Status.QUEUED
    assert [task.function for task in backend.queue.tasks] == ["reconcile"]


def test_without_the_queue_the_result_is_taken_from_runpod_now(post, backend, started):
    backend.queue.reachable = False
    output = {"images": [base64.b64encode(PNG).decode()]}
    backend.gpu.end("job-1", "COMPLETED", output)
    assert post(COMPLETED).status_code == 200
    assert backend.store.find(started).status is Status.COMPLETED


def test_with_neither_queue_nor_runpod_another_call_is_asked_for(post, backend):
    backend.queue.reachable = False
    backend.gpu.reachable = False
    assert post(COMPLETED).status_code == 503


@pytest.mark.parametrize("times", [2, 5])
def test_a_repetition_changes_nothing(post, backend, times):
    post(FAILED)
    before = dict(backend.store.values)
    for _ in range(times):
        assert post(FAILED).status_code == 200
        assert post(COMPLETED).status_code == 200
    assert backend.store.values == before


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS", "RUNNING"])
def test_a_job_that_runs_needs_nothing(post, backend, status):
    before = dict(backend.store.values)
    assert post({"id": "job-1", "status": status}).status_code == 200
    assert backend.store.values == before


def test_another_job_is_ignored(post, backend):
    before = dict(backend.store.values)
    assert post({**FAILED, "id": "job-9"}).status_code == 200
    assert backend.store.values == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"status": null}',
        b'{"status": ["FAILED"]}',
        b'{"status": {}}',
        b'{"status": "DONE"}',
        b"[" * 200_000,
        b"\xff",
        b'{"status": "FAILED", "id": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_body_of_runpods_is_400(post, backend, body):
    before = dict(backend.store.values)
    assert post(body).status_code == 400
    assert backend.store.values == before


@pytest.mark.parametrize("token", ["", "x", "k1.x.y", "k1..", "%00", "%F0%9F%90%88", "x" * 5000])
def test_a_bad_token_is_401_and_looks_at_no_body(post, backend, written, token):
    assert post(b"not json", token).status_code == 401
    assert not any(token in json.dumps(entry) for entry in written if len(token) > 1)


def test_an_expired_token_is_401(post, backend):
    backend.clock.advance(timedelta(days=2).total_seconds())
    assert post(FAILED).status_code == 401


@pytest.mark.parametrize("user_id", BAD_USER_IDS)
def test_a_token_for_what_is_no_user_id_is_401(post, backend, started, user_id):
    who = Callback(replace(started, user_id=user_id), 1, backend.clock.now() + timedelta(hours=1))
    assert post(FAILED, sign(who, KEYRING)).status_code == 401


def test_a_generation_that_is_gone_is_404(post, backend, started):
    gone = Callback(replace(started, file_uid="gone"), 1, backend.clock.now() + timedelta(hours=1))
    assert post(FAILED, sign(gone, KEYRING)).status_code == 404


def test_an_older_attempt_changes_nothing(post, backend, started):
    late = Callback(started, 7, backend.clock.now() + timedelta(hours=1))
    before = dict(backend.store.values)
    assert post(FAILED, sign(late, KEYRING)).status_code == 200
    assert backend.store.values == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_only_post_is_taken(post, method):
    response = post(FAILED, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


def test_a_body_one_byte_beyond_the_limit_is_413(post, backend):
    assert post(FAILED, headers={"Content-Length": "31000001"}).status_code == 413


def test_a_bug_asks_for_another_call_and_says_nothing(post, backend, written):
    def broken(_ref):
        raise RuntimeError("hunter2")

    backend.store.__dict__["find"] = broken
    response = post(FAILED)
    assert response.status_code == 503
    assert "hunter2" not in response.get_data(as_text=True) + json.dumps(written)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(["job-1", "COMPLETED", "FAILED", "CANCELLED", "GONE"]) | json_values
        for name in ("id", "status", "output", "error", "delayTime", "executionTime", "input")
    },
)


@given(body=st.binary(max_size=40) | bodies.map(lambda body: json.dumps(body).encode()))
@settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_body_makes_anything_complete_or_fails_the_function(post, backend, started, body):
    assert post(body).status_code in {200, 400}
    generation = backend.store.find(started)
    assert generation.status in {Status.QUEUED, Status.FAILED}
    assert (generation.error or "").isprintable()
