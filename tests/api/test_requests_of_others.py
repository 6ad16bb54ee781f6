"""What the clients of other workers send is taken, made and told; `metadata` goes with it."""

import pytest

from tests.fakes.requests import ALL, PICTURE, recorded

TAGGED = {**PICTURE, "task_type": "text2img", "metadata": {"project": "harbour", "row": 7}}


@pytest.mark.parametrize(("task", "media_type", "asked"), ALL)
def test_a_request_of_another_workers_client_is_completed_over_rest(
    service, task, media_type, asked
):
    answer = service.post("/api/generations", json={"task_type": task, **asked})
    assert answer.status_code == 202, answer.json
    service.work()

    shown = service.get(answer.headers["Location"]).json
    assert (shown["status"], shown["media_type"]) == ("completed", media_type)
    assert shown["request_data"].items() >= recorded(asked).items()
    assert not shown["request_data"].keys() & {"num_inference_steps", "image_url"}
    (job,) = service.backend.gpu.jobs.values()
    assert job.task.items() >= recorded(asked).items()


def test_a_wrong_field_is_named_as_it_was_written_in_the_same_words_over_rest(service):
    wrong = {**TAGGED, "num_inference_steps": 500, "prompt": "x" * 5120, "num_imges": 2}
    answer = service.post("/api/generations", json=wrong).json["error"]

    assert {one["field"]: one["problem"] for one in answer["details"]["fields"]} == {
        "num_inference_steps": "must be a whole number between 1 and 100",
        "prompt": "may have at most 4000 characters; this one has 5120",
        "num_imges": "is not a known field; did you mean num_images?",
    }


def test_a_field_that_a_call_does_not_take_is_not_guessed_to_be_itself(service):
    body = {"voice_id": "voice_ann_01234567", "text": "Hi.", "idempotency_key": "k"}
    answer = service.post("/api/tts/generate", json=body).json["error"]
    assert answer["details"]["fields"] == [
        {"field": "idempotency_key", "problem": "is not a known field"}
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/generations?limit=0", "limit: must be at least 1"),
        ("/api/generations?limit=many", "limit: must be a whole number"),
        ("/api/generations?limit=1000", "limit: must be at most 100"),
        ("/api/generations?status=done", "status: must be one of queued, processing, completed"),
        ("/api/generations?page=2", "page: is not a known field"),
    ],
)
def test_a_query_is_refused_in_words_of_ours(service, path, said):
    answer = service.get(path)
    assert answer.status_code == 400
    assert said in answer.json["error"]["message"]


def test_metadata_stands_in_the_document_and_reaches_no_worker_nor_the_request(service):
    started = service.post("/api/generations", json=TAGGED).json
    (job,) = service.backend.gpu.jobs.values()
    assert "metadata" not in job.task

    service.work()
    shown = service.get(started["urls"]["self"]).json
    assert shown["metadata"] == {"project": "harbour", "row": 7}
    assert "metadata" not in shown["request_data"]
    document = service.backend.store.document(started["path"])
    assert document["metadata"] == shown["metadata"]
    listed = service.get("/api/generations").json["generations"]
    assert [one["metadata"] for one in listed] == [shown["metadata"]]


def test_metadata_stays_when_it_is_tried_again(service):
    urls = service.post("/api/generations", json=TAGGED).json["urls"]
    service.post(urls["cancel"])
    service.post(urls["retry"])
    again = service.get(urls["self"]).json
    assert (again["attempt"], again["metadata"]) == (2, TAGGED["metadata"])


def test_without_metadata_the_document_has_none(service):
    started = service.post("/api/generations", json={**TAGGED, "metadata": {}}).json
    assert "metadata" not in service.backend.store.document(started["path"])


def test_the_same_key_is_for_the_same_metadata_and_for_any_spelling(service):
    asked = {**TAGGED, "seed": 1, "idempotency_key": "k"}
    first = service.post("/api/generations", json=asked).json
    spelled = {"steps" if n == "num_inference_steps" else n: v for n, v in asked.items()}
    again = service.post("/api/generations", json=spelled).json
    assert (again["file_uid"], again["duplicate"]) == (first["file_uid"], True)
    other = {**asked, "metadata": {"project": "dunes"}}
    assert service.post("/api/generations", json=other).status_code == 409


def test_speech_and_cloning_take_metadata_too(service):
    from tests.api.recorded import as_base64, wav

    body = {"voice_name": "Ann", "audio_base64": as_base64(wav()), "metadata": {"take": 2}}
    answer = service.post("/api/voices/clone", json=body, headers={"Prefer": "wait=0"})
    assert answer.status_code == 202, answer.json
    path = answer.json["path"]
    assert service.backend.store.document(path)["metadata"] == {"take": 2}
