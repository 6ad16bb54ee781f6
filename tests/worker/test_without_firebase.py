"""Without Firebase, or where it fails, the answer carries the media, if it has the room."""

import base64

from google.api_core.exceptions import ServiceUnavailable

from firepod.domain.generation import Status
from tests.fakes.values import MP4, PNG
from tests.worker.jobs import PATH, document, work
from worker.patience import INLINE_BYTES


def test_without_firebase_the_answer_carries_the_media(make_worker, queued):
    worker = make_worker(firebase=False)
    answer = work(worker, queued("text2video"))

    assert base64.b64decode(answer["video"]) == MP4
    assert worker.backend.storage.files == {}


def test_when_firebase_is_out_of_reach_from_the_start_the_answer_carries_the_media(
    make_worker, queued
):
    worker, job = make_worker(), queued()

    def unreachable(*_args, **_more):
        raise ServiceUnavailable("no")

    worker.backend.store.__dict__["transition"] = unreachable
    assert base64.b64decode(work(worker, job)["images"][0]) == PNG
    assert "ServiceUnavailable" in str(worker.logged)


def test_when_storage_fails_the_answer_carries_the_media(make_worker, queued):
    worker, job = make_worker(), queued()
    tries = []

    def broken(*_args, **_more):
        tries.append(1)
        raise ServiceUnavailable("no")

    worker.backend.storage.__dict__["put_file"] = broken
    assert base64.b64decode(work(worker, job)["images"][0]) == PNG
    assert len(tries) == 3
    assert document(worker).status is Status.PROCESSING


TOO_LARGE = "without Storage this worker returns at most 15 MB. Ask for less, or for a smaller"


def test_what_is_too_large_for_an_answer_is_refused_with_a_sentence(make_worker, queued):
    worker = make_worker(firebase=False)
    worker.engine.size = INLINE_BYTES + 1
    assert TOO_LARGE in work(worker, queued())["error"]

    worker.engine.size = INLINE_BYTES
    assert len(base64.b64decode(work(worker, queued())["images"][0])) == INLINE_BYTES


def test_when_a_large_result_cannot_be_stored_what_is_in_storage_decides(make_worker, queued):
    worker, job = make_worker(), queued()
    worker.engine.size = INLINE_BYTES + 1

    def broken(*_args, **_more):
        raise ServiceUnavailable("no")

    worker.backend.storage.__dict__["put_file"] = broken
    assert TOO_LARGE in work(worker, job)["error"]
    assert document(worker).status is Status.PROCESSING


def test_when_the_last_write_is_not_confirmed_the_files_stay(make_worker, queued):
    """It may have been written: then deleting them would leave a document without files."""
    worker, job = make_worker(), queued()
    transition = worker.backend.store.transition

    def unconfirmed(ref, change, **more):
        done = transition(ref, change, **more)
        if done.applied and done.after.generation.status is Status.COMPLETED:
            raise ServiceUnavailable("the answer was lost")
        return done

    worker.backend.store.__dict__["transition"] = unconfirmed
    assert "images" in work(worker, job)
    assert document(worker).status is Status.COMPLETED
    assert set(worker.backend.storage.files) == {PATH}
