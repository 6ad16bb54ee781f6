"""A request that came to RunPod without the backend: what it means, and how a refusal is told."""

import asyncio
import base64
from dataclasses import replace

import pytest
from google.api_core.exceptions import ServiceUnavailable

from firepod.domain.errors import WORKER_FAILED
from firepod.domain.generation import ErrorCode, GenerationRef, MediaType, Phase, Status
from tests.api.recorded import wav
from tests.fakes import requests
from tests.fakes.values import BAD_USER_IDS, make_generation, make_job
from worker.engines.interface import EngineError
from worker.meaning import UnknownMediaType, endpoint_media_type
from worker.run import run_job

MINE = {"user_id": "ann", "file_uid": "file-1", "use_cloud_storage": True}
PICTURE = "data:image/png;base64,iVBORw0KGgo="
REFS = [GenerationRef("ann", one, "file-1") for one in MediaType]


@pytest.fixture
def worker(make_worker):
    return make_worker()


def work(worker, **fields):
    return asyncio.run(run_job({"id": "job-1", "input": fields}, worker.around))


def document(worker, media_type=MediaType.IMAGES):
    return worker.backend.store.find(GenerationRef("ann", media_type, "file-1"))


def queue(worker, media_type, **values):
    """As an app's own function does it: little more than a status."""
    given = {"task_type": "", "request_data": {"prompt": "sea"}, **values}
    one = replace(make_generation(), media_type=media_type, **given)
    worker.backend.store.keep(one)
    return one


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prompt": "sea", "steps": 0}, "steps"),
        ({"prompt": "sea", "unheard_of": 1}, "unheard_of"),
        ({"task_type": "paint", "prompt": "sea"}, "task_type"),
        ({"task_type": ["text2img"], "prompt": "sea"}, "task_type"),
        ({}, "prompt"),
        ({"prompt": "sea", "retention_days": -1}, "retention_days"),
        ({"prompt": "sea", "init_image": "data:image/png;base64,!"}, "init_image"),
    ],
)
@pytest.mark.parametrize("queued", [True, False])
def test_a_request_that_is_refused_ends_its_document_with_the_sentence(
    worker, fields, sentence, queued
):
    before = queue(worker, MediaType.IMAGES) if queued else None

    answer = work(worker, **fields, **MINE)

    refused = document(worker)
    assert set(answer) == {"error"}
    assert sentence in answer["error"]
    assert (refused.status, refused.error_code) == (Status.FAILED, ErrorCode.REJECTED)
    assert refused.error == answer["error"]
    assert refused.completed_at is not None
    assert refused.request_data == (before.request_data if before else {})
    assert worker.backend.store.jobs == {}
    assert worker.engine.runs == []


def test_a_refusal_finds_the_document_in_whichever_collection_it_waits(worker):
    queue(worker, MediaType.VIDEOS)
    work(worker, prompt="", **MINE)
    assert document(worker, MediaType.VIDEOS).status is Status.FAILED
    assert document(worker, MediaType.IMAGES) is None


@pytest.mark.parametrize(
    "status", [Status.PROCESSING, Status.COMPLETED, Status.FAILED, Status.CANCELLED]
)
def test_what_has_begun_or_ended_is_not_touched_by_a_refusal(worker, status):
    before = make_generation(status=status)
    worker.backend.store.keep(before)
    assert "error" in work(worker, prompt="", **MINE)
    assert document(worker) == before


def test_what_the_backend_has_queued_is_not_touched_by_a_refusal(worker):
    before = make_generation()
    worker.backend.store.keep(before, make_job(before))
    assert "error" in work(worker, prompt="", **MINE)
    assert document(worker) == before


def test_a_job_of_the_backends_that_is_refused_leaves_its_document_to_the_backend(worker):
    assert "error" in work(worker, prompt="", outputs=[], **MINE)
    assert document(worker) is None


@pytest.mark.parametrize(
    "own",
    [
        *({"user_id": user_id} for user_id in BAD_USER_IDS),
        {"file_uid": "a/b"},
        {"file_uid": 7},
        {"use_cloud_storage": "true"},
        {"user_id": None},
    ],
)
def test_without_a_user_and_a_name_nothing_is_written(worker, own):
    assert "error" in work(worker, prompt="", **{**MINE, **own})
    assert worker.backend.store.values == {}


@pytest.mark.parametrize("stored", ["true", 1, "no"])
def test_what_may_have_meant_storage_is_not_made_for_the_answer_alone(worker, stored):
    answer = work(worker, prompt="sea", **{**MINE, "use_cloud_storage": stored})
    assert answer == {"error": "use_cloud_storage must be true or false."}


def test_a_refusal_is_answered_while_firestore_is_away(worker):
    def away(*_args, **_more):
        raise ServiceUnavailable("no")

    worker.backend.store.__dict__["transition"] = away
    worker.backend.store.__dict__["find"] = away
    assert "prompt" in work(worker, prompt="", **MINE)["error"]


def test_a_worker_without_credentials_only_answers(make_worker):
    worker = make_worker(firebase=False)
    assert "prompt" in work(worker, prompt="", **MINE)["error"]
    assert worker.backend.store.values == {}


def test_ten_thousand_unknown_fields_make_a_short_sentence(worker):
    work(worker, prompt="sea", **{f"{'x' * 90}{n}": 1 for n in range(10_000)}, **MINE)
    assert 0 < len(document(worker).error) <= 1000


def test_what_an_engine_refuses_ends_as_rejected_with_its_sentence(worker):
    queue(worker, MediaType.IMAGES)

    def during(_step):
        raise EngineError("This start image is too small.")

    worker.engine.during = during
    assert work(worker, prompt="sea", **MINE) == {"error": "This start image is too small."}
    refused = document(worker)
    assert (refused.status, refused.error_code) == (Status.FAILED, ErrorCode.REJECTED)
    assert refused.error == "This start image is too small."
    (left,) = worker.backend.store.jobs.values()
    assert left.phase is Phase.STOPPING  # it has run, so what it may have left is cleared away


@pytest.mark.parametrize(
    ("fields", "task_type"),
    [
        ({"prompt": "sea"}, "text2img"),
        ({"prompt": "sea", "width": 512, "num_images": 2}, "text2img"),
        ({"prompt": "sea", "num_frames": 9}, "text2video"),
        ({"prompt": "sea", "video_width": 512, "video_height": 288}, "text2video"),
        ({"prompt": "sea", "fps": 8}, "text2video"),
        ({"prompt": "sea", "width": 512, "height": 288, "num_frames": 9}, "text2video"),
        ({"prompt": "sea", "video_guidance_scale": 5, "num_inference_steps": 2}, "text2video"),
        ({"prompt": "sea", "num_inference_steps": 2, "guidance": 5}, "text2img"),
        ({"prompt": "sea", "init_image": PICTURE}, "img2img"),
        ({"prompt": "sea", "image_url": PICTURE}, "img2img"),
        ({"prompt": "sea", "init_image_base64": "iVBORw0KGgo=", "strength": 0.5}, "img2img"),
        ({"prompt": "sea", "image_url": PICTURE, "mask_url": PICTURE}, "inpaint"),
        ({"prompt": "sea", "init_image": PICTURE, "num_frames": 9}, "img2video"),
        ({"prompt": "sea", "init_image": None, "num_frames": 9}, "text2video"),
    ],
)
def test_the_fields_tell_the_task(worker, fields, task_type):
    work(worker, **fields)
    assert [run[0] for run in worker.engine.runs] == [task_type]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"text": "Hello."}, "voice_id"),
        ({"profile_base64": "x"}, "profile_base64"),
        ({"audio": "x"}, "name"),
        ({"audio_base64": "x"}, "audio_base64"),
        ({"voice_name": "Ann"}, "audio"),
        ({"num_frames": 9}, "prompt"),
    ],
)
def test_fields_of_one_task_are_refused_as_that_task_is(worker, fields, missing):
    assert missing in work(worker, **fields)["error"]


@pytest.mark.parametrize(
    ("queued", "fields", "task_type"),
    [
        ({"media_type": MediaType.VIDEOS}, {"prompt": "sea"}, "text2video"),
        ({"media_type": MediaType.VIDEOS}, {"prompt": "sea", "image_url": PICTURE}, "img2video"),
        ({"media_type": MediaType.IMAGES}, {"prompt": "sea", "image_url": PICTURE}, "img2img"),
        (
            {"media_type": MediaType.VIDEOS, "task_type": "text2video"},
            {"prompt": "sea"},
            "text2video",
        ),
    ],
)
def test_where_several_tasks_fit_the_queued_document_tells_which(worker, queued, fields, task_type):
    queue(worker, **queued)
    work(worker, **fields, **MINE)
    assert [run[0] for run in worker.engine.runs] == [task_type]
    assert document(worker, queued["media_type"]).status is Status.COMPLETED


def test_what_has_ended_under_the_same_name_is_not_taken_for_what_waits(worker):
    before = make_generation(status=Status.COMPLETED)
    worker.backend.store.keep(before)
    queue(worker, MediaType.VIDEOS)
    work(worker, prompt="sea", **MINE)
    assert [run[0] for run in worker.engine.runs] == ["text2video"]
    assert document(worker, MediaType.VIDEOS).status is Status.COMPLETED
    assert document(worker) == before


def test_a_job_that_is_handed_out_again_means_what_it_meant(worker):
    queue(worker, MediaType.VIDEOS)
    for _ in range(2):
        work(worker, prompt="sea", **MINE)
    assert [run[0] for run in worker.engine.runs] == ["text2video"]
    assert document(worker, MediaType.IMAGES) is None


def test_then_the_endpoint_tells_which_and_the_document_goes_before_it(make_worker):
    worker = make_worker(media_type=MediaType.VIDEOS)
    work(worker, prompt="sea")
    work(worker, prompt="sea", num_images=1)
    queue(worker, MediaType.IMAGES)
    work(worker, prompt="sea", **MINE)
    assert [run[0] for run in worker.engine.runs] == ["text2video", "text2img", "text2img"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", None),
        ("videos", MediaType.VIDEOS),
        ("ep-1=images, ep-2=tts", MediaType.TTS),
        ("ep-1=images", None),
        ("ep-1=images, voices", MediaType.VOICES),
    ],
)
def test_an_endpoint_is_told_what_it_makes_by_a_variable(value, found):
    assert endpoint_media_type(value, "ep-2") is found


@pytest.mark.parametrize("value", ["films", "ep-1=films", "="])
def test_a_media_type_that_nobody_knows_is_named(value):
    with pytest.raises(UnknownMediaType, match="FIREPOD_MEDIA_TYPE"):
        endpoint_media_type(value, "ep-2")


@pytest.mark.parametrize(("task_type", "media_type", "request_"), requests.ALL)
def test_requests_as_other_workers_clients_write_them_complete(
    worker, task_type, media_type, request_
):
    work(worker, **request_, **MINE, metadata={"app": "mine"})
    done = document(worker, MediaType(media_type))
    assert (done.task_type, done.status) == (task_type, Status.COMPLETED)
    assert requests.recorded(request_).items() <= done.request_data.items()
    assert done.metadata == {"app": "mine"}


@pytest.mark.parametrize(("brought", "kept"), [({}, "sea"), ({"metadata": {"album": "me"}}, "me")])
def test_an_apps_own_metadata_stay_unless_the_request_brings_others(worker, brought, kept):
    queue(worker, MediaType.IMAGES, metadata={"album": "sea"})
    work(worker, prompt="sea", **MINE, **brought)
    assert document(worker).status is Status.COMPLETED
    assert document(worker).metadata == {"album": kept}


@pytest.mark.parametrize("queued", [True, False])
def test_a_name_at_which_another_user_has_a_voice_is_refused(worker, queued):
    """Else the job that looks after the refused one would clear the other's files away."""
    profile = "voices/file-1/profiles/file-1.npy"
    worker.backend.storage.keep(profile, b"bobs", "application/octet-stream", owner="bob")
    if queued:
        queue(worker, MediaType.VOICES)
    sound = base64.b64encode(wav(2)).decode()
    answer = work(worker, voice_name="Ann", audio_base64=sound, **MINE)
    assert "file_uid" in answer["error"]
    assert document(worker, MediaType.VOICES).error == answer["error"]
    assert worker.backend.storage.read(profile, 10) == b"bobs"
    assert worker.backend.store.jobs == {}
    assert worker.engine.runs == []


def test_a_request_that_is_to_be_the_backends_gets_at_no_such_name_either(worker):
    profile = "voices/file-1/profiles/file-1.npy"
    worker.backend.storage.keep(profile, b"bobs", "application/octet-stream", owner="bob")
    spoken = {"task_type": "voice_clone", "name": "Ann", "audio": "uploads/ann/me.wav"}
    assert "outputs" in work(worker, **spoken, outputs=[], **MINE)["error"]
    assert set(worker.backend.storage.files) == {profile}
    assert worker.backend.store.values == {}


def test_null_is_not_there_in_what_the_backend_would_say_either(worker):
    nulls = dict.fromkeys([one for one in OWN if one not in MINE] + ["download_urls"])
    work(worker, prompt="sea", image_url=PICTURE, **nulls, **MINE)
    assert [run[0] for run in worker.engine.runs] == ["img2img"]
    assert document(worker).status is Status.COMPLETED


DEEP = []
for _ in range(10_000):
    DEEP = [DEEP]
OWN = [
    "task_type",
    "user_id",
    "file_uid",
    "media_type",
    "attempt",
    "outputs",
    "media_urls",
    "retention_days",
]
FIELDS = [
    "prompt",
    "seed",
    "extra",
    "metadata",
    "init_image",
    "image_url",
    "mask_image",
    "download_urls",
]


@pytest.mark.parametrize("name", [*OWN, *FIELDS])
@pytest.mark.parametrize(
    "value",
    [7, True, 10**400, float("nan"), [], {}, "", "\ud800", "https://[", DEEP, {"a": DEEP}],
    ids=range(11),
)
def test_whatever_stands_in_a_field_is_answered_in_a_sentence(worker, name, value):
    answer = work(worker, **{"prompt": "sea", **MINE, name: value})
    foreseen = "no thumb: "  # of the fake engine's pictures, which are none
    assert [one for one in worker.logged if not one.startswith(foreseen)] == []
    assert len(answer.get("error", "")) < 1000


def test_what_was_not_foreseen_is_a_sentence_without_its_text(worker):
    class Broken:
        store = worker.backend.store

        def bucket(self, _media_urls):
            raise RuntimeError("key-of-somebody")

    broken = replace(worker, around=replace(worker.around, firebase=Broken()))
    assert work(broken, prompt="sea", **MINE) == {"error": WORKER_FAILED}
    assert "RuntimeError" in str(worker.logged)
    assert "key-of-somebody" not in str(worker.logged)


def test_two_that_race_for_one_document_leave_it_to_the_first(worker):
    """The claim of a run that has begun is not undone by a request that is refused."""
    one = make_generation()
    worker.backend.store.keep(one)

    def during(_step):
        work_in_thread.append(asyncio.run(run_job({"id": "job-2", "input": bad}, worker.around)))

    bad, work_in_thread = {"prompt": "", **MINE}, []
    worker.engine.during = during
    work(worker, prompt="sea", **MINE)
    assert "error" in work_in_thread[0]
    assert document(worker).status is Status.COMPLETED
