"""Tiny models, loaded by the engine's own code and asked through the worker's own handler."""

import asyncio
import base64
import io
from dataclasses import dataclass, field, replace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.engines.diffusers import tiny
from worker.engines.diffusers.engine import DiffusersEngine
from worker.engines.table import model
from worker.run import Surroundings, run_job

SMALL = (256, 256)


@dataclass
class Recorded:
    """An engine, and all that it told while it ran; ``during(fraction)`` is what happens then."""

    engine: Any
    told: list = field(default_factory=list)
    previews: list = field(default_factory=list)
    during: Any = None

    def run(self, task_type, request, inputs, workdir, step):
        def recorded(fraction, preview=None):
            self.told.append(fraction)
            if preview is not None:
                self.previews.append(preview() if callable(preview) else preview)
            if self.during is not None:
                self.during(fraction)
            step(fraction)

        return self.engine.run(task_type, request, inputs, workdir, recorded)


@dataclass
class Studio:
    """A worker with one model, and no credentials."""

    recorded: Recorded
    logged: list = field(default_factory=list)

    @property
    def engine(self):
        return self.recorded.engine

    @property
    def told(self):
        return self.recorded.told

    def around(self, **more):
        return Surroundings(
            engine=self.recorded,
            firebase=None,
            tell=lambda _job, _progress: None,
            log=lambda message, _job_id: self.logged.append(message),
            **more,
        )

    def job(self, task, **fields):
        own = {"task_type": task, "prompt": "a lighthouse", "seed": 7, "steps": 3}
        if "video" in task:
            own |= {"video_width": SMALL[0], "video_height": SMALL[1], "num_frames": 5}
        else:
            own |= {"width": SMALL[0], "height": SMALL[1]}
        return {"id": "job-1", "input": own | fields}

    def answer(self, task, **fields):
        """What RunPod's client is answered."""
        return asyncio.run(run_job(self.job(task, **fields), self.around()))

    def pictures(self, task="text2img", **fields):
        return [picture(text) for text in self.answer(task, **fields)["images"]]

    def video(self, task="text2video", **fields):
        """The frames."""
        data = base64.b64decode(self.answer(task, **fields)["video"])
        with av.open(io.BytesIO(data)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def picture(text):
    """A picture of an answer, as an array."""
    with Image.open(io.BytesIO(base64.b64decode(text))) as opened:
        return np.asarray(opened.convert("RGB")).copy()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder of tiny models, as an image has one with theirs."""
    root = tmp_path_factory.mktemp("models")
    for name, build in tiny.MODELS.items():
        build().save_pretrained(root / name)
    return root


@pytest.fixture(scope="session")
def loaded(folder):
    """`loaded(name)`: an engine with this model, from that folder."""
    engines = {}

    def load(name):
        if name not in engines:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
                entry = model(name)
                # At its own size the smallest video takes a CPU a minute.
                entry = replace(entry, sizes=(SMALL,)) if entry.sizes else entry
                engines[name] = DiffusersEngine(entry)
        return engines[name]

    return load


@pytest.fixture
def studio(loaded):
    """`studio(name)`: a worker with this model."""

    def make(name):
        return Studio(Recorded(loaded(name)))

    return make


@pytest.fixture(scope="session")
def start():
    """A picture to start from, as a request brings it."""
    across = np.linspace(0, 255, 256).astype(np.uint8)
    pixels = np.stack([np.tile(across, (256, 1)), np.tile(across[:, None], (1, 256))], axis=-1)
    return np.concatenate([pixels, np.full((256, 256, 1), 90, np.uint8)], axis=-1)


@pytest.fixture(scope="session")
def packed():
    """`packed(pixels)`: as base64 of a PNG."""

    def pack(pixels):
        written = io.BytesIO()
        Image.fromarray(pixels).save(written, "PNG")
        return base64.b64encode(written.getvalue()).decode()

    return pack


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/engines/diffusers/" in str(item.path):
            # What these libraries are warned of is theirs to mend.
            for theirs in ("diffusers", "transformers", "torch"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore:::{theirs}.*"))
