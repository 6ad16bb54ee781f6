"""The format that a request names, from the call of an app to the object in Storage."""

import asyncio
import base64
import io
import wave
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from firepod.domain.generation import Status
from firepod.kinds import media_kinds
from firepod.kinds.catalog import parse_request
from firepod.usecases.reconcile import reconcile
from tests.fakes.values import BYTES, PNG, make_generation
from worker.engines.interface import OutputFile, Result
from worker.run import Surroundings, run_job

FORMATS = [
    *(
        ("text2img", name, ending, kind)
        for name, ending, kind in [
            ("png", "png", "image/png"),
            ("webp", "webp", "image/webp"),
            ("jpeg", "jpg", "image/jpeg"),
        ]
    ),
    *(
        (task, name, name, kind)
        for task in ("voice_clone", "tts")
        for name, kind in [
            ("wav", "audio/wav"),
            ("mp3", "audio/mpeg"),
            ("ogg", "audio/ogg"),
        ]
    ),
]
VOICE = make_generation("voice_clone", status=Status.COMPLETED, file_uid="voice_ann_01234567")
FIELDS = {
    "text2img": {"prompt": "a boat", "num_images": 2},
    "voice_clone": {"name": "Ann", "audio": "uploads/ann/me.wav"},
    "tts": {"voice_id": VOICE.file_uid, "text": "Hello."},
}


class Engine:
    """Makes PNG and WAV, whatever is asked for."""

    def __init__(self):
        self.told = []

    def run(self, task_type, request, _inputs, workdir, _step):
        self.told.append(request.get("output_format"))
        if task_type == "text2img":
            paths = [workdir / f"{number}" for number in range(request["num_images"])]
            for path in paths:
                Image.new("RGB", (64, 64), "teal").save(path, "PNG")
            return Result(tuple(OutputFile(path, "image/png") for path in paths), {})
        sound, profile = workdir / "sound", workdir / "profile.npy"
        with wave.open(str(sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22_050)
            file.writeframes(b"\1\2" * 22_050)
        np.save(profile, np.zeros(3))
        made = OutputFile(sound, "audio/wav"), OutputFile(profile, "application/octet-stream")
        return Result(made if task_type == "voice_clone" else made[:1], {})


@dataclass
class Firebase:
    """`worker.firebase.Firebase` in memory."""

    backend: object

    @property
    def store(self):
        return self.backend.store

    def bucket(self, _media_urls):
        return self.backend.storage


@pytest.fixture
def inputs(backend):
    """What the requests name: a recording, and a voice with its profile."""
    backend.storage.keep("uploads/ann/me.wav", BYTES["audio/wav"], "audio/wav", attempt=0)
    backend.store.keep(VOICE)
    profile = f"voices/{VOICE.file_uid}/profiles/{VOICE.file_uid}.npy"
    kind = "application/octet-stream"
    backend.storage.keep(profile, BYTES[kind], kind, attempt=1)


@pytest.fixture
def start(call, backend, signed_in, inputs):
    """`start(task, **fields)`: RunPod's job of a generation that `generate` has started."""

    def begin(task, **fields):
        data = {"task_type": task, **FIELDS[task], **fields}
        answer = call("generate", data=data, headers=signed_in())
        assert answer.status_code == 200, answer.json
        return list(backend.gpu.jobs.values())[-1]

    return begin


def work(backend, job, engine):
    around = Surroundings(
        engine=engine,
        firebase=Firebase(backend),
        tell=lambda _job, _progress: None,
        log=lambda _message, _job_id: None,
    )
    return asyncio.run(run_job({"id": job.job_id, "input": job.task}, around))


@pytest.mark.parametrize(("task", "name", "ending", "content_type"), FORMATS)
def test_names_types_and_bytes_are_of_the_format_that_was_asked_for(
    backend, start, task, name, ending, content_type
):
    engine = Engine()
    job = start(task, output_format=name)
    assert "error" not in work(backend, job, engine)

    (done,) = [
        one
        for one in backend.store.newest("ann", job.task["media_type"], limit=5)
        if one.file_uid == job.task["file_uid"]
    ]
    assert done.status is Status.COMPLETED
    assert done.request_data["output_format"] == name
    made = [one for one in done.generation_data["files"] if not one["path"].endswith(".npy")]
    assert len(made) == (2 if task == "text2img" else 1)
    for file in made:
        data = backend.storage.contents[file["path"]]
        assert file["path"].endswith(f".{ending}")
        assert file["content_type"] == content_type
        assert media_kinds.sniff(data[: media_kinds.SNIFF_BYTES]) == content_type
        assert file["size_bytes"] == len(data)
    assert engine.told == [name]


@pytest.mark.parametrize(("task", "usual"), [("text2img", "png"), ("tts", "wav")])
def test_who_names_none_gets_the_usual_one(backend, start, task, usual):
    job = start(task)
    assert job.task["outputs"][0]["path"].endswith(f".{usual}")
    assert (
        backend.store.newest("ann", job.task["media_type"], limit=1)[0].request_data[
            "output_format"
        ]
        == usual
    )


@pytest.mark.parametrize(
    ("task", "name"), [("text2img", "mp3"), ("text2img", "jpg"), ("tts", "png"), ("tts", 3)]
)
def test_a_format_that_a_task_has_not_is_refused_with_those_that_it_has(
    call, backend, signed_in, inputs, task, name
):
    data = {"task_type": task, **FIELDS[task], "output_format": name}
    error = call("generate", data=data, headers=signed_in()).json["error"]

    assert error["status"] == "INVALID_ARGUMENT"
    (problem,) = error["details"]["fields"]
    assert problem["field"] == "output_format"
    assert ("webp" if task == "text2img" else "ogg") in problem["problem"]
    assert backend.gpu.jobs == {}


def test_a_video_has_no_choice_of_formats(call, signed_in):
    data = {"task_type": "text2video", "prompt": "waves", "output_format": "webp"}
    error = call("generate", data=data, headers=signed_in()).json["error"]

    assert error["details"]["fields"][0]["field"] == "output_format"


def test_a_worker_learns_the_format_from_the_outputs_which_older_ones_read_too(start):
    job = start("text2img", output_format="webp")

    assert "output_format" not in job.task
    assert {one["content_type"] for one in job.task["outputs"]} == {"image/webp"}


def test_what_an_older_worker_makes_in_the_usual_format_ends_with_a_sentence(backend, start):
    job = start("text2img", output_format="webp", num_images=1)
    backend.gpu.end(job.job_id, "COMPLETED", {"images": [base64.b64encode(PNG).decode()]})
    reconcile(backend, job.task["file_uid"])

    (done,) = backend.store.newest("ann", "images", limit=1)
    assert (done.status, str(done.error_code)) == (Status.FAILED, "output_invalid")
    assert done.error.startswith("The worker's result is not the media that was asked for.")


def test_an_answer_in_base64_is_stored_as_what_it_is(backend, start):
    job = start("tts", output_format="ogg")
    answer = {"audio_base64": base64.b64encode(BYTES["audio/ogg"]).decode()}
    backend.gpu.end(job.job_id, "COMPLETED", answer)
    reconcile(backend, job.task["file_uid"])

    (done,) = backend.store.newest("ann", "tts", limit=1)
    (file,) = done.generation_data["files"]
    assert (done.status, file["content_type"]) == (Status.COMPLETED, "audio/ogg")
    assert file["path"].endswith(".ogg")


def test_the_usual_format_is_the_same_request_as_none(call, backend, signed_in):
    data = {"task_type": "text2img", "prompt": "a boat", "idempotency_key": "k", "seed": 1}
    first = call("generate", data=data, headers=signed_in()).json["result"]
    again = call("generate", data=data | {"output_format": "png"}, headers=signed_in())
    other = call("generate", data=data | {"output_format": "webp"}, headers=signed_in())

    assert again.json["result"] == first | {"duplicate": True}
    assert other.json["error"]["status"] == "ALREADY_EXISTS"


def test_a_key_that_was_used_before_there_was_a_choice_still_stands_for_its_request():
    fields = {"task_type": "text2img", "prompt": "a boat"}
    assert "output_format" not in parse_request(fields).asked()
    assert parse_request(fields | {"output_format": "webp"}).asked()["output_format"] == "webp"


def test_a_direct_request_gets_the_format_that_it_names():
    around = Surroundings(engine=Engine(), firebase=None, tell=lambda *_: None, log=lambda *_: None)
    asked = {"task_type": "text2img", "prompt": "a boat", "output_format": "jpeg"}
    answer = asyncio.run(run_job({"id": "job-1", "input": asked}, around))

    with Image.open(io.BytesIO(base64.b64decode(answer["images"][0]))) as picture:
        assert picture.format == "JPEG"
