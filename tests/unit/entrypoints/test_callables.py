"""The callables over HTTP: what they answer, what they refuse, and what they log of it."""

import json
from dataclasses import replace

import pytest

from firepod import wiring
from firepod.domain.generation import Status
from tests.fakes.gpu import Answer
from tests.fakes.values import make_generation, make_job

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}


def error_of(response):
    return response.status_code, response.get_json()["error"]


def test_generate_answers_at_once_with_the_path_to_listen_to(call, signed_in, backend):
    response = call("generate", data=PICTURE, headers=signed_in())

    result = response.get_json()["result"]
    uid = result["file_uid"]
    assert response.status_code == 200
    assert result == {
        "file_uid": uid,
        "user_id": "ann",
        "media_type": "images",
        "status": "queued",
        "path": f"generations/ann/images/{uid}",
        "duplicate": False,
    }
    assert list(backend.store.generations) == [result["path"]]
    assert len(backend.gpu.calls) == 1


def test_the_same_key_gives_the_first_answer_again(call, signed_in, backend):
    data = {**PICTURE, "seed": 1, "idempotency_key": "k"}
    first = call("generate", data=data, headers=signed_in()).get_json()["result"]
    second = call("generate", data=data, headers=signed_in()).get_json()["result"]

    assert second == first | {"duplicate": True}
    assert len(backend.gpu.calls) == 1
    code, error = error_of(call("generate", data={**data, "seed": 2}, headers=signed_in()))
    assert (code, error["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize("key", ["", "k" * 129, 7, [], {}])
def test_a_bad_key_is_refused_by_name(call, signed_in, key):
    response = call("generate", data={**PICTURE, "idempotency_key": key}, headers=signed_in())
    code, error = error_of(response)
    assert (code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"]["fields"][0]["field"] == "idempotency_key"


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard", "erase"])
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer hunter2",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Basic aHVudGVyMg==",
        "bearer x.y.z",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_nobody_is_served_without_a_token_that_holds(call, backend, written, name, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    code, error = error_of(call(name, data=PICTURE, headers=headers))

    assert (code, error["status"]) == (401, "UNAUTHENTICATED")
    assert backend.store.values == {}
    assert "hunter2" not in json.dumps(written)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"data": {}, "secret": "hunter2"}',
        b'{"payload": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_call_is_refused_and_not_logged(call, signed_in, backend, written, body):
    code, error = error_of(call("generate", body=body, headers=signed_in()))

    assert (code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert backend.store.values == {}
    assert "hunter2" not in json.dumps(written)


@pytest.mark.parametrize("data", [None, 7, "text", [], [PICTURE], True])
def test_data_that_is_no_object_is_refused(call, signed_in, data):
    body = json.dumps({"data": data}).encode()
    code, error = error_of(call("generate", body=body, headers=signed_in()))
    assert (code, error["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "value",
    [
        {"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": "x"},
        {"@type": "type.googleapis.com/google.protobuf.Int64Value"},
        {"@type": 7},
    ],
)
def test_an_encoded_number_that_is_none_is_refused(call, signed_in, written, value):
    response = call("generate", data={**PICTURE, "seed": value}, headers=signed_in())
    assert error_of(response)[0] == 400
    assert "lighthouse" not in json.dumps(written)


def test_a_body_beyond_the_limit_is_refused(call, signed_in):
    response = call("generate", data={**PICTURE, "prompt": "x" * 1_000_000}, headers=signed_in())
    assert error_of(response)[0] == 400


def test_each_bad_field_is_named(call, signed_in, backend):
    data = {**PICTURE, "width": 7, "colour": "red", "steps": 0}
    code, error = error_of(call("generate", data=data, headers=signed_in()))

    assert (code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert {one["field"] for one in error["details"]["fields"]} == {"width", "colour", "steps"}
    assert backend.store.values == {}
    assert backend.gpu.calls == []


def test_a_limit_says_when_to_try_again(call, signed_in):
    for _ in range(4):
        assert call("generate", data=PICTURE, headers=signed_in()).status_code == 200
    code, error = error_of(call("generate", data=PICTURE, headers=signed_in()))

    assert (code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"] == {"limit": 4, "used": 4, "retry_after_seconds": 30}
    assert call("generate", data=PICTURE, headers=signed_in("bob")).status_code == 200


def test_a_refusal_of_runpod_is_told_without_its_words(call, signed_in, backend):
    backend.gpu.answers.append(Answer.REFUSE)
    code, error = error_of(call("generate", data=PICTURE, headers=signed_in()))
    assert (code, error["status"]) == (400, "FAILED_PRECONDITION")


def test_a_bug_is_internal_and_its_text_stays_inside(call, signed_in, backend, written):
    def broken(*_args):
        raise RuntimeError("hunter2 at gpu-host.internal")

    backend.gpu.__dict__["run"] = broken
    code, error = error_of(call("generate", data=PICTURE, headers=signed_in()))

    assert (code, error["status"]) == (500, "INTERNAL")
    everything = json.dumps([error, written])
    assert "hunter2" not in everything
    assert "lighthouse" not in everything
    assert any("unexpected RuntimeError" in entry["message"] for entry in written)


@pytest.mark.parametrize("name", ["cancel", "retry", "discard"])
def test_someone_elses_generation_is_not_found(call, signed_in, backend, name):
    backend.store.keep(make_generation(), make_job())
    ref = {"media_type": "images", "file_uid": "file-1"}
    before = dict(backend.store.values)

    code, error = error_of(call(name, data=ref, headers=signed_in("bob")))

    assert (code, error["status"]) == (404, "NOT_FOUND")
    assert backend.store.values == before


@pytest.mark.parametrize("name", ["cancel", "retry", "discard"])
@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, {"media_type", "file_uid"}),
        ({"media_type": "files", "file_uid": "x"}, {"media_type"}),
        ({"media_type": ["images"], "file_uid": "x"}, {"media_type"}),
        ({"media_type": "images", "file_uid": 7}, {"file_uid"}),
        ({"media_type": "images", "file_uid": ""}, {"file_uid"}),
        ({"media_type": "images", "file_uid": "x", "user_id": "bob"}, {"user_id"}),
    ],
)
def test_a_reference_that_is_none_is_refused_by_field(call, signed_in, name, data, fields):
    code, error = error_of(call(name, data=data, headers=signed_in()))
    assert code == 400
    assert {one["field"] for one in error["details"]["fields"]} == fields


@pytest.mark.parametrize("file_uid", ["../../jobs", "a/b", ".", "__x__ ", "x" * 2000, "\ud800"])
def test_what_cannot_be_a_name_is_not_found(call, signed_in, file_uid):
    ref = {"media_type": "images", "file_uid": file_uid}
    assert error_of(call("cancel", data=ref, headers=signed_in()))[0] == 404


def test_cancel_retry_and_discard_answer_with_the_status(call, signed_in, backend):
    backend.store.keep(make_generation(), make_job())
    ref = {"media_type": "images", "file_uid": "file-1"}

    statuses = [
        call(name, data=ref, headers=signed_in()).get_json()["result"]["status"]
        for name in ("cancel", "cancel", "retry", "discard")
    ]

    assert statuses == ["cancelled", "cancelled", "queued", "queued"]
    assert call("cancel", data=ref, headers=signed_in()).status_code == 404


def test_retry_of_what_runs_is_a_failed_precondition(call, signed_in, backend):
    backend.store.keep(make_generation(status=Status.PROCESSING), make_job())
    ref = {"media_type": "images", "file_uid": "file-1"}
    code, error = error_of(call("retry", data=ref, headers=signed_in()))
    assert (code, error["status"]) == (400, "FAILED_PRECONDITION")
    assert error["details"] == {"status": "processing"}


def test_only_post_is_a_call(call, signed_in):
    assert call("generate", method="GET", headers=signed_in()).status_code >= 400


def test_nothing_secret_is_logged_on_the_way(call, signed_in, backend, written):
    call("generate", data=PICTURE, headers=signed_in())
    text = json.dumps(written)
    assert "generation queued" in text
    for secret in ("lighthouse", "rpa_secret", backend.gpu.jobs["job-1"].token, "Bearer"):
        assert secret not in text


@pytest.mark.parametrize("body", [b'{"data": {}}', b'{"data": null}'])
def test_erase_is_answered_at_once_and_takes_nothing_but_the_callers(
    call, signed_in, backend, body
):
    backend.store.keep(make_generation(), make_generation(user_id="bob", file_uid="file-2"))

    result = call("erase", body=body, headers=signed_in()).get_json()["result"]

    assert result == {"status": "erasing"}
    assert backend.store.due_erasures(backend.clock.now(), 9) == ["ann"]
    assert [task.payload for task in backend.queue.take()] == [{"user_id": "ann"}]


def test_erase_takes_nobodys_name(call, signed_in, backend):
    code, error = error_of(call("erase", data={"user_id": "bob"}, headers=signed_in()))

    assert (code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"]["fields"][0]["field"] == "user_id"
    assert backend.store.due_erasures(backend.clock.now(), 9) == []


def test_who_calls_too_often_is_told_when_to_come_again(call, signed_in, backend):
    wiring.use(replace(backend, settings=replace(backend.settings, calls_per_second=2)))
    target = {"media_type": "images", "file_uid": "nothing"}

    answers = [error_of(call("cancel", data=target, headers=signed_in("hasty"))) for _ in range(20)]

    assert [code for code, _ in answers[:2]] == [404] * 2
    code, error = answers[-1]
    assert (code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"] == {"limit": 2, "used": 2, "retry_after_seconds": 1}
