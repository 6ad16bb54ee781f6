"""The engine around Chatterbox, with a speaker that hums. The model itself: tests/engines."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from worker.engines.chatterbox.engine import ChatterboxEngine
from worker.engines.chatterbox.profile import Profile, save_profile
from worker.engines.table import model

RATE = 24_000


def a_profile(speech=150, prompt=250):
    draw = np.random.default_rng(1)
    return Profile(
        speaker=draw.normal(size=256).astype(np.float32),
        speech_tokens=draw.integers(0, 6561, speech).astype(np.int32),
        embedding=draw.normal(size=192).astype(np.float32),
        prompt_tokens=draw.integers(0, 6561, prompt).astype(np.int32),
        prompt_mel=draw.normal(size=(2 * prompt, 80)).astype(np.float32),
    )


@dataclass
class HummingSpeaker:
    """Hums half a second for each sentence; `during(step)` is what happens meanwhile."""

    rate: int = RATE
    heard: list = field(default_factory=list)
    said: list = field(default_factory=list)
    during: object = None

    def listen(self, samples):
        self.heard.append(samples)
        return a_profile(25, 50)

    def say(self, text, language, profile, speed, manner, step):
        self.said.append((text, language, speed, manner))
        self.voice = profile
        step(0.5)
        if self.during is not None:
            self.during(step)
        at = np.arange(round(RATE / 2 / speed)) / RATE
        return (0.1 * np.sin(2 * np.pi * 150 * at)).astype(np.float32)


def words(speaker):
    return " ".join(text for text, *_ in speaker.said)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


@pytest.fixture
def speaker():
    return HummingSpeaker()


@pytest.fixture
def engine(speaker):
    return ChatterboxEngine(speaker, model("chatterbox"))


@pytest.fixture
def voice(tmp_path):
    path = tmp_path / "voice.npy"
    save_profile(a_profile(), path)
    return path
