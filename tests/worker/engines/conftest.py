import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from firepod.kinds.registry import TASKS
from worker.engines import Engine, Preview, Result, load_engine
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech.espeak import Delivery, speak
from worker.engines.procedural.speech.measuring import measure
from worker.engines.procedural.speech.recording import read_recording

PICTURE = {
    "prompt": "a sunset over the sea",
    "negative_prompt": "",
    "width": 256,
    "height": 256,
    "num_images": 1,
    "steps": 6,
    "guidance_scale": 7.0,
    "seed": 41,
    "strength": 0.6,
}
FILM = {
    "prompt": "a sunset over the sea",
    "negative_prompt": "",
    "video_width": 320,
    "video_height": 192,
    "num_frames": 13,
    "fps": 15,
    "steps": 6,
    "guidance_scale": 7.0,
    "seed": 41,
}


@pytest.fixture
def picture_request() -> dict[str, Any]:
    return dict(PICTURE)


@pytest.fixture
def film_request() -> dict[str, Any]:
    return dict(FILM)


@pytest.fixture
def engine() -> Engine:
    return load_engine("procedural")


@pytest.fixture
def fractions() -> list[float]:
    """What the engine reported in this test, in order."""
    return []


@pytest.fixture
def previews() -> list[bytes | None]:
    """The first preview that the engine gave in this test, and one of the very end."""
    return []


@pytest.fixture
def run(
    engine: Engine, tmp_path: Path, fractions: list[float], previews: list[bytes | None]
) -> Callable[..., Result]:
    """Run a task: the defaults of its kind, changed by the keywords given."""
    tts = {"text": "Good morning to you all.", "speed": 1.0, "language": None}
    defaults: dict[str, dict[str, Any]] = {
        "images": PICTURE,
        "videos": FILM,
        "voices": {"name": "Ada", "reference_text": None, "language": None},
        "tts": tts,
    }
    runs = 0

    def step(fraction: float, preview: Preview = None) -> None:
        fractions.append(fraction)
        if callable(preview) and (not previews or fraction == 1):
            previews.append(preview())

    def run_task(task_type: str, inputs: dict[str, Path] | None = None, **changes: Any) -> Result:
        nonlocal runs
        runs += 1
        workdir = tmp_path / f"run_{runs}"
        workdir.mkdir()
        media_type = TASKS[task_type].media_type if task_type in TASKS else ""
        request = {**defaults.get(media_type, {}), **changes}
        result = engine.run(task_type, request, inputs or {}, workdir, step)
        json.dumps(result.info)
        assert {file.path for file in result.files} == set(workdir.iterdir())
        return result

    return run_task


SPOKEN_TEXT = (
    "The quick brown fox jumps over the lazy dog, and she sells sea shells by the shore. "
    "It is a long way to the station, said the old man."
)
SPEAKERS = {"low": ("", 10), "middle": ("", 75), "high": ("+f2", 75)}
FORMATS = {  # extension: container, encoder, sample format
    "wav": ("wav", "pcm_s16le", "s16"),
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "ogg": ("ogg", "libopus", "flt"),
    "flac": ("flac", "flac", "s16"),
    "m4a": ("mp4", "aac", "fltp"),
    "webm": ("webm", "libopus", "flt"),
}


def spoken(speaker):
    """What a speaker of ``SPEAKERS`` says, float32 at 22050 Hz."""
    variant, pitch = SPEAKERS[speaker]
    samples, rate = speak(SPOKEN_TEXT, Delivery("en-us", variant, pitch=pitch), lambda: None)
    assert rate == 22050
    return samples


@pytest.fixture
def record(tmp_path):
    """Record sound at 22050 Hz, or a speaker, as a file that phones and browsers make."""

    def pack(sound="middle", name="recording.wav", rate=0, channels=1):
        samples = spoken(sound) if isinstance(sound, str) else sound
        path = tmp_path / name
        container_format, codec, sample_format = FORMATS[path.suffix[1:]]
        rate = rate or (48000 if codec == "libopus" else 22050)
        layout = {1: "mono", 2: "stereo"}[channels]
        with av.open(str(path), "w", format=container_format) as container:
            stream = container.add_stream(codec, rate=rate, layout=layout)
            stream.format = sample_format
            resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate)
            for start in range(0, len(samples), 1 << 16):
                part = samples[None, start : start + (1 << 16)].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
                frame.sample_rate = 22050
                for piece in resampler.resample(frame):
                    container.mux(stream.encode(piece))
            for piece in resampler.resample(None):
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
        return path

    return pack


@pytest.fixture
def heard():
    """Measure the voice in a file."""

    def listen(path: Path):
        quiet = Progress(lambda *_: None)
        return measure(*read_recording(path, quiet), quiet)

    return listen


@pytest.fixture
def voice(run, record):
    """The profile of a voice that was cloned from one of the speakers."""

    def clone(speaker="middle"):
        recording = record(speaker, f"{speaker}.wav")
        return run("voice_clone", {"audio": recording}).files[1].path

    return clone
