import itertools
import threading

import pytest

from firepod.domain.generation import MediaType, Status
from tests.fakes.gpu import Answer
from tests.fakes.values import make_generation

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse", "width": 512, "height": 512}


def start(service, **arguments):
    response = service.post("/api/generations", json=PICTURE, **arguments)
    assert response.status_code == 202, response.json
    return response.json


def test_a_generation_is_started_and_can_be_found_by_its_location(service):
    response = service.post("/api/generations", json=PICTURE)

    assert response.status_code == 202
    answer = response.json
    file_uid = answer["file_uid"]
    assert answer == {
        "file_uid": file_uid,
        "user_id": "ann",
        "media_type": "images",
        "status": "queued",
        "path": f"generations/ann/images/{file_uid}",
        "duplicate": False,
        "urls": answer["urls"],
    }
    assert response.headers["Location"] == f"/api/generations/images/{file_uid}"
    found = service.get(response.headers["Location"])
    assert found.status_code == 200
    assert found.json["status"] == "queued"
    assert found.json["request_data"]["prompt"] == "a lighthouse"
    assert found.json["created_at"] == "2026-05-04T12:00:00Z"


def test_a_completed_generation_has_the_fields_of_its_document(service):
    file_uid = start(service)["file_uid"]
    service.work()

    answer = service.get(f"/api/generations/images/{file_uid}").json

    document = service.backend.store.document(f"generations/ann/images/{file_uid}")
    assert answer.keys() == document.keys() | {"urls"}
    assert answer["generation_data"] == document["generation_data"]
    assert (answer["status"], answer["file_count"]) == ("completed", 1)


def test_the_same_is_served_without_the_prefix_at_the_functions_own_url(service):
    answer = service.post("/generations", json=PICTURE)

    assert answer.status_code == 202
    assert service.get(f"/generations/images/{answer.json['file_uid']}").status_code == 200


HEADER = {"headers": {"Idempotency-Key": "k"}}


@pytest.mark.parametrize(
    "by",
    [
        HEADER,
        {"json": {**PICTURE, "idempotency_key": "k"}},
        HEADER | {"json": {**PICTURE, "idempotency_key": None}},
    ],
)
def test_an_idempotency_key_starts_a_request_once(service, by):
    arguments = {"json": PICTURE} | by
    first = service.post("/api/generations", **arguments).json
    again = service.post("/api/generations", **arguments)

    assert again.status_code == 202
    assert again.json == first | {"duplicate": True}
    assert len(service.backend.gpu.calls) == 1
    other = arguments["json"] | {"prompt": "a harbour"}
    assert service.post("/api/generations", **(arguments | {"json": other})).status_code == 409


def test_two_different_idempotency_keys_in_one_request_are_refused(service):
    body = {**PICTURE, "idempotency_key": "one"}
    answer = service.post("/api/generations", json=body, headers={"Idempotency-Key": "other"})

    assert answer.status_code == 400
    assert answer.json["error"]["details"]["fields"][0]["field"] == "idempotency_key"


def test_a_bad_request_names_its_fields(service):
    answer = service.post("/api/generations", json={**PICTURE, "width": 5, "colour": "red"})

    assert answer.status_code == 400
    error = answer.json["error"]
    assert error["code"] == "invalid-argument"
    assert {one["field"] for one in error["details"]["fields"]} == {"width", "colour"}


def test_a_limit_says_when_to_try_again(service):
    service.limited(active=1)
    start(service)
    answer = service.post("/api/generations", json=PICTURE)

    assert answer.status_code == 429
    details = answer.json["error"]["details"]
    assert details == {"limit": 1, "used": 1, "retry_after_seconds": 30}
    assert answer.headers["Retry-After"] == "30"


def test_what_runpod_refuses_is_a_failed_precondition(service):
    service.backend.gpu.answers.append(Answer.REFUSE)
    answer = service.post("/api/generations", json=PICTURE)

    assert answer.status_code == 412
    assert answer.json["error"]["code"] == "failed-precondition"


def test_who_prefers_to_wait_gets_the_finished_generation_as_soon_as_it_is(service):
    thread, stop = service.meanwhile(service.work)
    answer = service.post("/api/generations", json=PICTURE, headers={"Prefer": "wait=40"})
    stop.set()
    thread.join()

    assert answer.status_code == 200
    assert answer.json["status"] == "completed"
    assert answer.json["generation_data"]["image_url"].startswith("https://")
    assert answer.headers["Preference-Applied"] == "wait=40"


def test_who_prefers_to_wait_is_answered_202_when_the_time_is_over(service):
    answer = service.post("/api/generations", json=PICTURE, headers={"Prefer": "wait=1"})

    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "wait=1"
    assert answer.headers["Location"].endswith(answer.json["file_uid"])


def test_who_hangs_up_leaves_the_generation_running(service):
    """The client is gone long before the call returns; nothing is undone."""
    gone = threading.Thread(
        target=service.post,
        args=("/api/generations",),
        kwargs={"json": PICTURE, "headers": {"Prefer": "wait=1"}},
    )
    gone.start()
    gone.join()
    (job,) = service.backend.gpu.jobs.values()
    assert not job.status.ended
    service.work()
    (generation,) = service.backend.store.generations.values()
    assert generation.status is Status.COMPLETED


def test_a_generation_is_cancelled_retried_and_discarded(service):
    file_uid = start(service)["file_uid"]
    path = f"/api/generations/images/{file_uid}"

    cancelled = service.post(f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    again = service.post(f"{path}/retry")
    assert (again.status_code, again.json["status"]) == (200, "queued")
    assert service.get(path).json["attempt"] == 2
    assert service.post(f"{path}/retry").status_code == 412
    gone = service.delete(path)
    assert (gone.status_code, gone.json["status"]) == (200, "queued")
    assert service.get(path).status_code == 404
    assert service.delete(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "end"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")]
)
def test_other_peoples_generations_are_not_found(service, method, end):
    file_uid = start(service)["file_uid"]
    theirs = service.call(method, f"/api/generations/images/{file_uid}{end}", user="bob")
    nobodys = service.call(method, f"/api/generations/images/nothing{end}", user="bob")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json == nobodys.json
    assert service.generation("images", file_uid).status is Status.QUEUED


@pytest.mark.parametrize("path", ["pictures/x", "images/a%20b", "images/..", "images/%00"])
def test_what_cannot_be_a_generation_is_not_found(service, path):
    assert service.get(f"/api/generations/{path}").status_code == 404


def fill(service, count, media_types=tuple(MediaType)):
    kinds = {"images": "text2img", "videos": "text2video", "voices": "voice_clone", "tts": "tts"}
    for i in range(count):
        service.backend.clock.advance(1)
        media_type = media_types[i % len(media_types)]
        now = service.backend.clock.now()
        status = Status.FAILED if i % 3 else Status.CANCELLED
        service.backend.store.keep(
            make_generation(
                kinds[media_type],
                file_uid=f"g{i:03}",
                status=status,
                created_at=now,
                modified=now,
            )
        )


def pages(service, query, **arguments):
    cursor, found = "", []
    for _ in range(100):
        answer = service.get(f"/api/generations?{query}{cursor}", **arguments).json
        found.append([one["file_uid"] for one in answer["generations"]])
        if answer["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer['next_cursor']}"
    pytest.fail("the pages do not end")


def flat(found):
    return list(itertools.chain.from_iterable(found))


def test_all_media_types_are_listed_together_newest_first(service):
    fill(service, 23)

    found = pages(service, "limit=5")

    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    assert flat(found) == [f"g{i:03}" for i in reversed(range(23))]


def test_a_list_is_filtered_by_media_type_and_status(service):
    fill(service, 24)

    found = flat(pages(service, "limit=3&media_type=videos&status=cancelled"))

    assert found == [f"g{i:03}" for i in reversed(range(24)) if i % 4 == 1 and i % 3 == 0]


def test_generations_of_one_moment_are_neither_skipped_nor_repeated(service):
    for i in range(9):
        service.backend.store.keep(make_generation(file_uid=f"g{i}", status=Status.FAILED))

    assert flat(pages(service, "limit=2")) == [f"g{i}" for i in reversed(range(9))]


def test_a_list_holds_only_what_is_ones_own(service):
    fill(service, 4)

    assert pages(service, "", user="bob") == [[]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("status=done", "status"),
        ("media_type=music", "media_type"),
        ("cursor=!", "cursor"),
        ("cursor=bm90aGluZw", "cursor"),
        (f"cursor={'A' * 500}", "cursor"),
        ("page=2", "page"),
    ],
)
def test_a_bad_filter_is_named(service, query, field):
    answer = service.get(f"/api/generations?{query}")

    assert answer.status_code == 400
    assert [one["field"] for one in answer.json["error"]["details"]["fields"]] == [field]
