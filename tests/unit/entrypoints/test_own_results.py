"""What was made is what the next is made of: a picture becomes a video in two calls."""

import asyncio
import io

import av
import pytest
from PIL import Image

from firepod.domain.generation import GenerationRef, MediaType, Status
from firepod.usecases.discard import discard
from tests.fakes.values import MP4, NPY, PNG, WAV
from tests.worker.conftest import FakeEngine, FakeFirebase
from worker.engines import load_engine
from worker.run import Surroundings, run_job

PICTURE = "generating/ann/image/one.png"
SPEECH = "tts/gen_20260504_120000_01234567/TTS_voice_ann_01234567_20260504_120000.wav"
SAMPLE = "voices/voice_ann_01234567/samples/voice_ann_01234567_sample_20260504_120000.wav"
VIDEO = "generating/ann/video/one.mp4"
PROFILE = "voices/voice_ann_01234567/profiles/voice_ann_01234567.npy"
MADE = {
    PICTURE: (PNG, "image/png"),
    SPEECH: (WAV, "audio/wav"),
    SAMPLE: (WAV, "audio/wav"),
    VIDEO: (MP4, "video/mp4"),
    PROFILE: (NPY, "application/octet-stream"),
}
SMALL = {"prompt": "a lighthouse", "width": 256, "height": 256, "steps": 1}


@pytest.fixture
def made(backend):
    """Results of ann's, as workers have left them."""
    for path, (data, content_type) in MADE.items():
        backend.storage.keep(path, data, content_type, owner="ann", attempt=1)


@pytest.fixture
def make(backend):
    """`make(engine)`: a worker with credentials does the newest job; its answer."""

    def work(engine=None):
        job = list(backend.gpu.jobs.values())[-1]
        around = Surroundings(
            engine=engine or load_engine(),
            firebase=FakeFirebase(backend),
            tell=lambda _job, _progress: None,
            log=lambda _message, _job_id: None,
        )
        return asyncio.run(run_job({"id": job.job_id, "input": job.task}, around))

    return work


def find(backend, result):
    ref = GenerationRef("ann", MediaType(result["media_type"]), result["file_uid"])
    return backend.store.find(ref)


@pytest.fixture
def ask(call, signed_in):
    """`ask(task, uid, ...)`: what `generate` answers."""

    def generate(task, uid="ann", **fields):
        data = {"task_type": task, **fields}
        return call("generate", data=data, headers=signed_in(uid)).json

    return generate


def test_a_picture_becomes_a_video_in_two_calls(ask, make, backend):
    first = ask("text2img", **SMALL, seed=1)["result"]
    make()
    (picture,) = find(backend, first).generation_data["files"]

    second = ask("img2video", **SMALL, init_image=picture["path"], num_frames=4)["result"]
    make()

    done = find(backend, second)
    assert done.status is Status.COMPLETED, done.error
    assert done.request_data["init_image"] == picture["path"]
    video = backend.storage.contents[done.generation_data["files"][0]["path"]]
    with av.open(io.BytesIO(video)) as opened:
        frame = next(opened.decode(video=0)).to_image()
    with Image.open(io.BytesIO(backend.storage.contents[picture["path"]])) as start:
        apart = [abs(a - b) for a, b in zip(average(frame), average(start), strict=True)]
    assert max(apart) < 40
    assert picture["path"] in backend.storage.files


def average(image):
    return image.convert("RGB").resize((1, 1)).getpixel((0, 0))


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("task", "fields"),
    [
        ("img2img", {"prompt": "a boat", "init_image": PICTURE}),
        ("img2video", {"prompt": "a boat", "image": PICTURE}),
        ("inpaint", {"prompt": "a boat", "init_image": PICTURE, "mask_url": PICTURE}),
        ("voice_clone", {"name": "Ann", "audio": SPEECH}),
        ("voice_clone", {"name": "Ann", "audio": SAMPLE}),
    ],
)
def test_a_result_is_read_as_an_upload_is(ask, make, backend, task, fields):
    result = ask(task, **fields)["result"]
    (job,) = backend.gpu.jobs.values()
    urls = job.task["download_urls"]
    assert urls
    read = {
        url.partition("?until=")[0].removeprefix("https://media.test/") for url in urls.values()
    }
    assert read == MADE.keys() & fields.values()
    assert backend.store.find_job(result["file_uid"]).uploads == ()

    engine = FakeEngine()
    make(engine)
    ((_task, _request, inputs),) = engine.runs
    assert inputs.keys() == urls.keys()


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "path",
    [
        PICTURE,
        "generating/ann/image/none.png",
        SPEECH,
        SAMPLE,
        "tts/gen_x/none.wav",
        "generating/bob/image/none.png",
    ],
)
def test_somebody_elses_result_is_as_one_that_is_not_there(ask, backend, path):
    field = "init_image" if path.endswith("png") else "audio"
    task = "img2img" if field == "init_image" else "voice_clone"
    own = {"prompt": "a boat"} if field == "init_image" else {"name": "Bob"}
    error = ask(task, uid="bob", **own, **{field: path})["error"]
    assert error == {
        "status": "NOT_FOUND",
        "message": f"You have made no file that {field} names.",
    }
    assert backend.gpu.jobs == {}


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("task", "field", "path", "said"),
    [
        ("img2img", "init_image", VIDEO, "names a video; it must be a PNG, JPEG or WebP picture"),
        ("img2img", "init_image", SPEECH, "names sound; it must be a PNG, JPEG or WebP picture"),
        ("voice_clone", "audio", VIDEO, "names a video; it must be sound as WAV, MP3, Ogg"),
        ("voice_clone", "audio", PICTURE, "names a picture; it must be sound as WAV, MP3, Ogg"),
        ("voice_clone", "audio", PROFILE, "names a file of another kind; it must be sound as"),
        ("img2img", "init_image", "thumbs/ann/one_0.webp", "must be the path of a file of yours"),
        ("img2img", "init_image", "tts/../uploads/bob/a.png", "must be the path of a file of"),
    ],
)
def test_a_result_of_another_kind_is_refused_with_a_sentence(ask, task, field, path, said):
    own = {"prompt": "a boat"} if field == "init_image" else {"name": "Ann"}
    (problem,) = ask(task, **own, **{field: path})["error"]["details"]["fields"]
    assert problem["field"] == field
    assert problem["problem"].startswith(said)


def test_a_result_that_is_discarded_while_it_is_needed_ends_the_job_with_a_sentence(
    ask, make, backend
):
    first = ask("text2img", **SMALL)["result"]
    make(FakeEngine())
    done = find(backend, first)
    path = done.generation_data["files"][0]["path"]
    second = ask("img2video", **SMALL, init_image=path)["result"]
    discard(backend, done.ref)

    make(FakeEngine())

    ended = find(backend, second)
    assert (ended.status, ended.error) == (
        Status.FAILED,
        "The start image is no longer there. Upload it again.",
    )
