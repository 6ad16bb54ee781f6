"""What the clients of other workers send, through `generate`."""

import pytest

from tests.fakes.requests import ALL, PICTURE, recorded

IMAGE = "uploads/ann/a.png"


@pytest.mark.parametrize(("task", "media_type", "asked"), ALL)
def test_a_request_of_another_workers_client_is_taken_by_generate(
    call, backend, signed_in, task, media_type, asked
):
    answer = call("generate", data={"task_type": task, **asked}, headers=signed_in())
    assert answer.status_code == 200, answer.json
    (kept,) = backend.store.newest("ann", media_type, limit=5)
    assert kept.request_data.items() >= recorded(asked).items()
    (job,) = backend.gpu.jobs.values()
    assert job.task.items() >= recorded(asked).items()


@pytest.mark.parametrize(("task", "media_type", "asked"), ALL)
def test_what_leaves_no_doubt_needs_no_task_type(call, backend, signed_in, task, media_type, asked):
    answer = call("generate", data=asked, headers=signed_in())
    assert answer.status_code == 200, answer.json
    (kept,) = backend.store.newest("ann", media_type, limit=5)
    assert kept.task_type == task
    (job,) = backend.gpu.jobs.values()
    assert job.task["task_type"] == task


@pytest.mark.parametrize(
    "asked",
    [
        {"prompt": "a boat"},
        {"prompt": "a boat", "width": 512, "height": 512},
        {"prompt": "a boat", "image": IMAGE},
        {"prompt": "a boat", "steps": 5, "task_type": None},
        {},
    ],
)
def test_what_may_be_a_picture_or_a_video_is_asked_for_its_task_type(
    call, backend, signed_in, asked
):
    answer = call("generate", data=asked, headers=signed_in())
    (problem,) = answer.json["error"]["details"]["fields"]
    assert problem["field"] == "task_type"
    assert problem["problem"].startswith("must be one of text2img, ")
    assert not backend.gpu.jobs


def test_a_sentence_that_asks_ends_as_a_question(call, signed_in):
    data = {"task_type": "text2img", **PICTURE, "sede": 5}
    answer = call("generate", data=data, headers=signed_in())
    assert answer.json["error"]["message"] == (
        "The request was not accepted. sede: is not a known field; did you mean seed?"
    )


def test_what_is_unknown_is_refused_with_what_was_meant(call, signed_in):
    data = {"task_type": "text2img", "prompt": "a boat", "idempotencyKey": "k", "modell": "x"}
    answer = call("generate", data=data, headers=signed_in())
    assert answer.json["error"]["details"]["fields"] == [
        {
            "field": "idempotencyKey",
            "problem": "is not a known field; did you mean idempotency_key?",
        },
        {"field": "modell", "problem": "is not a known field; did you mean model?"},
    ]
