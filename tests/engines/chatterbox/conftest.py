"""A small Chatterbox, loaded by the engine's own code and asked through the worker's handler."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when its package is imported: nothing is fetched

import asyncio
import base64
import io
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch

from worker.engines import load_engine
from worker.run import Surroundings, run_job

torch.set_num_threads(1)
RATE = 24_000
TOKENS = 8  # a third of a second: without training no sentence finds its end


def pytest_configure(config):
    # Its packages warn of each other, and it is theirs to mend.
    config.addinivalue_line("filterwarnings", "ignore")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(600))  # the first one builds a gigabyte of weights


@dataclass
class Studio:
    """A worker with an engine, and no credentials."""

    engine: object
    told: list = field(default_factory=list)
    logged: list = field(default_factory=list)

    def run(self, task_type, request, inputs, workdir, step):
        def recorded(fraction, _preview=None):
            self.told.append(fraction)
            step(fraction)

        return self.engine.run(task_type, request, inputs, workdir, recorded)

    def answer(self, task, **fields):
        """What RunPod's client is answered."""
        around = Surroundings(
            engine=self,
            firebase=None,
            tell=lambda _job, _progress: None,
            log=lambda message, _job_id: self.logged.append(message),
        )
        job = {"id": "job-1", "input": {"task_type": task, **fields}}
        return asyncio.run(run_job(job, around))

    def clone(self, **fields):
        return self.answer("voice_clone", **{"name": "Ada", "audio_base64": recording()} | fields)

    def say(self, profile, text="Hi.", **fields):
        own = {"voice_id": "voice_ada_01234567", "text": text, "profile_base64": profile}
        return self.answer("tts", **own | fields)


def recording(seconds=1.2):
    """Something like a vowel, as base64 of a WAV."""
    at = np.arange(round(seconds * RATE)) / RATE
    vowel = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 20))
    sound = 0.2 * vowel * (1 + np.sin(2 * np.pi * 3 * at)) / 2
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())
    return base64.b64encode(written.getvalue()).decode()


def sound_of(text):
    """Samples and rate of a WAV in an answer."""
    with wave.open(io.BytesIO(base64.b64decode(text))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.astype(np.float32) / 32768, file.getframerate()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder of models, as an image has one."""
    # Here, where its warnings are passed over already.
    from tests.engines.chatterbox import tiny

    root = tmp_path_factory.mktemp("models")
    (root / "chatterbox").mkdir()
    tiny.build(root / "chatterbox")
    return root


@pytest.fixture(scope="session")
def engine(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIREPOD_MODELS_FOLDER", str(folder))
        patch.setenv("PKUSEG_HOME", str(folder / "nothing"))
        made = load_engine("chatterbox")
    made.said_by_itself = hasattr(made.speaker.tts.t3, "patched_model")  # made when it is used
    made.speaker.at_once = TOKENS
    return made


@pytest.fixture
def studio(engine):
    return Studio(engine)


@pytest.fixture(scope="session")
def clone(engine):
    """The answer to one `voice_clone`."""
    return Studio(engine).clone()


@pytest.fixture(scope="session")
def profile(clone):
    return clone["profile_base64"]


@pytest.fixture(scope="session")
def spoken(engine, profile):
    """The answer to one `tts`: "Hi." in English."""
    return Studio(engine).say(profile)["audio_base64"]
