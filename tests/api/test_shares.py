"""What one user's calls hold of an instance is bounded, so that others are served at once."""

import contextlib
import io
import json
import threading
import time
import tracemalloc

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from firepod.entrypoints.places import Places
from firepod.entrypoints.rest import shares
from tests.api.recorded import as_base64, riff, wav

MIB = 1024 * 1024
TASK = {"task_type": "text2img", "prompt": "a lighthouse"}
WAIT = {"Prefer": "wait=50"}


def at_once(acts):
    """Run each in a thread of its own; all must end soon."""
    answers = [None] * len(acts)

    def run(number):
        answers[number] = acts[number]()

    threads = [threading.Thread(target=run, args=[n], daemon=True) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a call still holds its thread"
    return answers


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextlib.contextmanager
def in_background(act):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(act()), daemon=True)
    thread.start()
    yield answers
    thread.join(20)
    assert not thread.is_alive()


def start(service, user="ann", **headers):
    return service.post("/api/generations", json=TASK, user=user, headers=WAIT | headers)


def test_two_hundred_repetitions_of_a_call_that_would_wait_hold_no_thread(service):
    key = {"Idempotency-Key": "k"}
    first = service.post("/api/generations", json=TASK, headers=key).json

    answers = at_once([lambda: start(service, **key)] * 200)

    assert {one.status_code for one in answers} == {202}
    assert all(one.json == first | {"duplicate": True} for one in answers)
    assert not any("Preference-Applied" in one.headers for one in answers)


def test_a_repetition_of_what_has_ended_gets_the_end(service):
    key = {"Idempotency-Key": "k"}
    service.post("/api/generations", json=TASK, headers=key)
    service.work()

    answer = start(service, **key)

    assert (answer.status_code, answer.json["status"]) == (200, "completed")


def waiting_at_runpod(service, count):
    return lambda: len(service.backend.gpu.jobs) == count


def test_a_user_waits_with_two_calls_and_the_third_is_answered_as_if_it_did_not_ask(service):
    service.limited(active=10)
    with (
        in_background(lambda: start(service)) as one,
        in_background(lambda: start(service)) as two,
    ):
        until(waiting_at_runpod(service, 2))
        until(lambda: shares.WAITING.of("ann") == 2)
        third = start(service)
        assert third.status_code == 202
        assert "Preference-Applied" not in third.headers
        with in_background(lambda: start(service, user="bob")) as others:
            until(lambda: shares.WAITING.of("bob") == 1)
            service.work()
    for answers in (one, two, others):
        assert answers[0].status_code == 200
        assert answers[0].headers["Preference-Applied"] == "wait=50"
    assert shares.WAITING.of("ann") == 0


def test_all_users_together_wait_with_less_than_a_third_of_the_threads(service):
    share = shares.THREADS * 5 // 16
    with contextlib.ExitStack() as stack:
        waiting = [
            stack.enter_context(in_background(lambda n=n: start(service, user=f"user{n}")))
            for n in range(share)
        ]
        until(lambda: sum(shares.WAITING.of(f"user{n}") for n in range(share)) == share)
        assert start(service, user="late").status_code == 202
        service.work()
    assert [one[0].status_code for one in waiting] == [200] * share


def clone(service, data, user="ann"):
    body = json.dumps({"name": "Ann", "audio_base64": data})
    headers = {"Prefer": "wait=0"}
    return service.post(
        "/api/voices/clone",
        data=body,
        content_type="application/json",
        user=user,
        headers=headers,
    )


@pytest.fixture
def no_room():
    """Both places for large bodies are taken, and as many calls wait as may."""
    done = threading.Event()

    def hold(name):
        with shares.LARGE.held(name, 60):
            done.wait(30)

    with contextlib.ExitStack() as stack:
        stack.callback(done.set)
        queue = shares.THREADS * 7 // 16
        for number in range(2 + queue):
            stack.enter_context(in_background(lambda name=f"user{number}": hold(name)))
        stack.callback(done.set)
        until(lambda: shares.LARGE.waiting == queue)
        yield


@pytest.mark.usefixtures("no_room")
def test_a_large_body_that_finds_no_room_is_refused_unread_and_a_small_one_is_not(service):
    sound = riff(b"\x10\x27" * MIB)
    # Encoded in memory: the test client leaves large forms open on disk.
    boundary, form = encode_multipart({"file": FileStorage(io.BytesIO(sound), "a.wav")})
    form_type = f"multipart/form-data; boundary={boundary}"
    for large in (
        clone(service, as_base64(sound)),
        service.post("/api/uploads", data=form, content_type=form_type),
        service.post("/api/voices/save", json={"audio_base64": as_base64(sound)}),
        service.post("/api/tts/save", json={"audio_base64": as_base64(sound)}),
    ):
        assert large.status_code == 503
        assert large.json["error"]["code"] == "unavailable"
        assert large.headers["Retry-After"] == "5"
    assert clone(service, as_base64(wav())).status_code == 202


def test_eight_large_bodies_at_once_are_all_answered(service):
    spaced = "AA " * MIB

    answers = at_once([lambda: clone(service, spaced)] * 8)

    assert {one.status_code for one in answers} == {400}
    assert not service.backend.storage.files
    assert shares.LARGE.of("ann") == 0


def test_a_large_body_is_in_memory_twice_at_most_and_a_little(service):
    spaced = "AA " * (4 * MIB)
    body = json.dumps({"name": "Ann", "audio_base64": spaced}).encode()
    tracemalloc.start()
    try:
        answer = service.post("/api/voices/clone", data=body, content_type="application/json")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer.status_code == 400
    # The body, then its text in its place, and the field.
    assert peak < 2.8 * len(body)


@pytest.mark.parametrize("path", ["/api/generations", "/api/voices/clone", "/api/tts/save"])
def test_json_of_a_hundred_thousand_parts_is_refused_before_it_is_parsed(service, path):
    body = b'{"extra": [' + b"[]," * 100_000 + b"[]]}"

    answer = service.post(path, data=body, content_type="application/json")

    assert answer.status_code == 400
    assert "too many parts" in answer.json["error"]["message"]


def test_one_deep_health_check_of_a_user_runs_at_a_time(service):
    with shares.DEEP.held("ann"):
        answer = service.get("/api/health?deep=1")
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "5"
    assert service.get("/api/health?deep=1").status_code == 200


def test_who_waits_for_a_place_gets_it_when_it_is_free():
    places = Places(1, each=1, queue=1)
    with places.held("ann"):
        with places.held("bob") as at_once_free:
            assert not at_once_free
        with places.held("bob", 0.01) as in_time:
            assert not in_time
        until_free = threading.Event()

        def take():
            with places.held("bob", 10) as held:
                until_free.set()
                return held

        stack = contextlib.ExitStack()
        taken = stack.enter_context(in_background(take))
        until(lambda: places.waiting == 1)
        with places.held("cy", 10) as beyond_the_queue:
            assert not beyond_the_queue
        assert not until_free.is_set()
    stack.close()
    assert taken == [True]


def test_a_place_is_given_back_whatever_happens():
    places = Places(1, each=1)
    with contextlib.suppress(RuntimeError), places.held("ann"):
        raise RuntimeError
    with places.held("bob") as held:
        assert held


def test_the_quota_is_asked_before_a_recording_is_stored(service):
    service.limited(active=5)
    answers = [
        clone(service, as_base64(wav(2 + number / 10, peak=0.4))).status_code
        for number in range(12)
    ]

    assert answers == [202] * 5 + [429] * 7
    assert len(service.backend.storage.files) == 5


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self):
        return True

    def readinto(self, _buffer):
        raise AssertionError("the body was read")


@pytest.mark.parametrize("path", ["/api/voices/clone", "/api/voices/save", "/api/tts/save"])
def test_who_may_start_nothing_has_no_body_read(service, path):
    service.limited(active=1, daily=1)
    service.post("/api/generations", json=TASK)

    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(20 * MIB)}
    answer = service.post(path, content_type="application/json", environ_overrides=body)

    assert answer.status_code == 429


def test_a_clone_under_a_key_is_answered_again_although_nothing_more_may_start(service):
    service.limited(active=1)
    key = {"Prefer": "wait=0", "Idempotency-Key": "k"}

    def call(data):
        body = {"name": "Ann", "audio_base64": as_base64(data)}
        return service.post("/api/voices/clone", json=body, headers=key)

    first, again, other = call(wav()), call(wav()), call(wav(2))

    assert again.json == first.json | {"duplicate": True}
    assert other.status_code == 409
    media = service.backend.storage
    assert len(media.files) == 1
    media.delete(list(media.files), owner="ann", upto_attempt=1)
    assert call(wav()).json == again.json
    assert not media.files
