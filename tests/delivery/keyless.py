"""Stacks whose workers hold no Firebase credentials, and what every delivery has to end in."""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import requests
from PIL import Image

from local.stack.child import RunningStack, running_stack
from local.stack.processes import processes_of
from tests.e2e.app import User, objects, wait_until

PICTURE = {"prompt": "a lighthouse", "width": 256, "height": 256, "steps": 1}
VIDEO = {
    "prompt": "waves",
    "video_width": 256,
    "video_height": 256,
    "num_frames": 6,
    "fps": 6,
    "steps": 1,
}
COMPLETED_FIELDS = {
    "attempt", "completed_at", "created_at", "file_count", "file_uid", "generated",
    "generation_data", "media_type", "metrics", "modified", "request_data", "size_bytes",
    "started_at", "status", "task_type", "timeline", "user_id",
}  # fmt: skip


@contextmanager
def keyless_stack(log_dir: Path, *arguments: str) -> Iterator[RunningStack]:
    """A stack whose workers know nothing of Firebase, as they do unless told otherwise."""
    with running_stack(
        log_dir,
        *("--only", "auth,functions,firestore,storage,tasks,runpod"),
        *("--env", "RECONCILE_AFTER_SECONDS=2", "--bell-seconds", "2"),
        *("--worker-env", "FIREPOD_ENGINE=tests.e2e.troubled_engine:create"),
        *arguments,
    ) as stack:
        yield stack


def worker_environments(stack: RunningStack) -> list[dict[str, str]]:
    """The environment of each worker process."""
    found = [process.environ() for process in processes_of(stack.stack_id)]
    return [environment for environment in found if "RUNPOD_POD_ID" in environment]


def make(stack: RunningStack, user: User, task_type: str, **fields: Any) -> dict[str, Any]:
    """The document of a generation that ends well, checked with its files."""
    document = wait_until(stack, user.generate(task_type, **fields)["path"])
    assert document["status"] == "completed", document
    assert set(document) - {"expires_at"} == COMPLETED_FIELDS
    files = document["generation_data"]["files"]
    assert objects(stack, files[0]["path"].rpartition("/")[0])
    for file in files:
        stored = stored_object(stack, file["path"])
        assert int(stored["size"]) == file["size_bytes"]
        assert stored["contentType"] == file["content_type"]
        assert stored["metadata"]["owner"] == user.uid
    return document


def stored_object(stack: RunningStack, path: str) -> dict[str, Any]:
    """What Storage says of an object, with an operator's rights."""
    name = requests.utils.quote(path, safe="")
    url = f"{stack.urls['storage']}/storage/v1/b/{stack.bucket}/o/{name}"
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, path
    found: dict[str, Any] = answer.json()
    return found


def fetch(url: str) -> bytes:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    return answer.content


def picture_of(url: str) -> Image.Image:
    return Image.open(io.BytesIO(fetch(url)))


def frames_of(url: str) -> int:
    with av.open(io.BytesIO(fetch(url))) as video:
        return sum(1 for _ in video.decode(video=0))


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (256, 256), "teal").save(file, "PNG")
    return file.getvalue()


def recording() -> bytes:
    """Three seconds of a hum that a voice can be cloned from."""
    rate = 16_000
    times = np.arange(3 * rate) / rate
    hum = sum(np.sin(2 * np.pi * 140 * n * times) / n for n in range(1, 8))
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes((hum / np.max(np.abs(hum)) * 20_000).astype("<i2").tobytes())
    return file.getvalue()


def make_everything(stack: RunningStack) -> None:
    """Every task type, each input of which the worker has to fetch by URL."""
    user = User.sign_up(stack)
    pictures = make(stack, user, "text2img", **PICTURE, num_images=3)
    urls = pictures["generation_data"]["image_urls"]
    assert [picture_of(url).size for url in urls] == [(256, 256)] * 3
    start = user.upload("start.png", png(), "image/png")
    again = make(stack, user, "img2img", **PICTURE, init_image=start)
    assert picture_of(again["generation_data"]["image_url"]).format == "PNG"
    video = make(stack, user, "text2video", **VIDEO)
    assert frames_of(video["generation_data"]["video_url"]) == VIDEO["num_frames"]
    audio = user.upload("me.wav", recording(), "audio/wav")
    voice = make(stack, user, "voice_clone", name="Ann", audio=audio)
    assert fetch(voice["generation_data"]["profile_url"]).startswith(b"\x93NUMPY")
    speech = make(stack, user, "tts", voice_id=voice["file_uid"], text="Good morning.")
    assert fetch(speech["generation_data"]["tts_url"]).startswith(b"RIFF")
