"""What the clients of other workers send, through `generate`."""

import pytest

from tests.fakes.requests import ALL, recorded


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
