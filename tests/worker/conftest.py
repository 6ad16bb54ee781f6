"""An engine that obeys the test, and Firebase in memory."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.backend import FakeBackend, make_backend
from tests.fakes.values import BYTES, make_generation, make_job
from worker.engines.interface import OutputFile, Result
from worker.run import Surroundings

CONTENT_TYPES = {
    "text2img": ["image/png"],
    "img2img": ["image/png"],
    "inpaint": ["image/png"],
    "img2video": ["video/mp4"],
    "text2video": ["video/mp4"],
    "voice_clone": ["audio/wav", "application/octet-stream"],
    "tts": ["audio/wav"],
}


@dataclass
class FakeEngine:
    """Writes tiny files; `during(step)` is what happens while it works."""

    runs: list = field(default_factory=list)
    during: object = None
    missing: int = 0
    size: int = 0  #: of each file, if it is to be a large one

    def run(self, task_type, request, inputs, workdir, step):
        self.runs.append((task_type, dict(request), {k: v.read_bytes() for k, v in inputs.items()}))
        if self.during is not None:
            self.during(step)
        step(1.0)
        kinds = CONTENT_TYPES[task_type] * request.get("num_images", 1)
        files = []
        for number, kind in enumerate(kinds[: len(kinds) - self.missing]):
            path = Path(workdir) / f"out-{number}"
            path.write_bytes(BYTES[kind])
            if self.size:
                os.truncate(path, self.size)
            files.append(OutputFile(path, kind))
        return Result(tuple(files), {})


@dataclass
class FakeFirebase:
    """`worker.firebase.Firebase`."""

    backend: FakeBackend

    @property
    def store(self):
        return self.backend.store

    def bucket(self, _media_urls):
        return self.backend.storage


@dataclass
class Worker:
    """A worker's surroundings, and all that it told."""

    backend: FakeBackend
    engine: FakeEngine
    around: Surroundings
    told: list
    logged: list


@pytest.fixture
def backend():
    return make_backend()


@pytest.fixture
def make_worker(backend):
    """`make_worker(firebase=True)`."""

    def make(*, firebase=True, **more):
        engine, told, logged = FakeEngine(), [], []
        around = Surroundings(
            engine=engine,
            firebase=FakeFirebase(backend) if firebase else None,
            tell=lambda _job, progress: told.append(progress),
            log=lambda message, _job_id: logged.append(message),
            **more,
        )
        return Worker(backend, engine, around, told, logged)

    return make


@pytest.fixture
def queued(backend):
    """`queued(task)`: a RunPod job of a queued generation of ann's."""

    def make(task="text2img", upload_urls=None, job_url=None, **request):
        generation = make_generation(task)
        generation.request_data.update(request)
        job = make_job(generation)
        backend.store.keep(generation, job)
        outputs = [
            {"path": one.path, "content_type": one.content_type}
            | ({"upload_url": upload_urls[i]} if upload_urls else {})
            | ({"job_url": job_url} if job_url else {})
            for i, one in enumerate(job.outputs)
        ]
        own = {
            "task_type": task,
            "user_id": "ann",
            "file_uid": "file-1",
            "media_type": str(generation.media_type),
            "attempt": 1,
            "use_cloud_storage": True,
            "outputs": outputs,
            "media_urls": "token",
            "retention_days": 0,
        }
        return {"id": "job-1", "input": {**generation.request_data, **own}}

    return make
