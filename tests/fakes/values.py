"""Values to start a test from; name only what the test is about."""

import base64
from datetime import timedelta
from typing import Any

from firepod.domain.generation import Generation, Job, MediaType, Phase, Status
from firepod.domain.quota import Limits
from firepod.kinds import registry
from firepod.models.parameters import OF_MEDIA
from firepod.protocol.tokens import Keyring
from firepod.settings import MediaUrls, Settings, WorkerDelivery
from tests.fakes.clock import START

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
MP4 = b"\0\0\0\x20ftypisom" + b"frames" * 20
WAV = b"RIFF\0\0\0\0WAVEfmt " + b"samples" * 20
WEBP = b"RIFF\0\0\0\0WEBPVP8 " + b"pixels" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"pixels" * 20
MP3 = b"ID3\x04\0\0" + b"samples" * 20
OGG = b"OggS\0\x02" + b"samples" * 20
NPY = b"\x93NUMPY\x01\0" + b"numbers" * 20
BYTES = {
    "image/png": PNG,
    "image/webp": WEBP,
    "image/jpeg": JPEG,
    "video/mp4": MP4,
    "audio/wav": WAV,
    "audio/mpeg": MP3,
    "audio/ogg": OGG,
    "application/octet-stream": NPY,
}


def webp(width: int = 16, height: int = 12, size: int = 60) -> bytes:
    """A WebP of one frame as far as anybody here looks: its first thirty bytes."""
    sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    frame = b"\0\0\0\x9d\x01\x2a" + sides
    chunk = b"WEBPVP8 " + (size - 20).to_bytes(4, "little") + frame
    return (b"RIFF" + (size - 8).to_bytes(4, "little") + chunk).ljust(size, b"x")


PREVIEW = "data:image/webp;base64," + base64.b64encode(webp()).decode()
KEYRING = Keyring({"k1": b"a key of at least twenty-four bytes"}, "k1")

_REQUESTS: dict[str, tuple[MediaType, dict[str, Any]]] = {
    "text2img": (
        MediaType.IMAGES,
        {
            "prompt": "a lighthouse",
            "negative_prompt": "",
            "steps": 30,
            "guidance_scale": 7.0,
            "seed": 7,
            "width": 512,
            "height": 512,
            "num_images": 1,
        },
    ),
    "text2video": (
        MediaType.VIDEOS,
        {
            "prompt": "waves",
            "negative_prompt": "",
            "steps": 30,
            "guidance_scale": 7.0,
            "seed": 7,
            "video_width": 832,
            "video_height": 480,
            "num_frames": 49,
            "fps": 15,
        },
    ),
    "voice_clone": (
        MediaType.VOICES,
        {"name": "Ann", "audio": "uploads/ann/me.wav", "reference_text": "", "language": "en"},
    ),
    "tts": (
        MediaType.TTS,
        {"voice_id": "voice_ann_01234567", "text": "Hello.", "speed": 1.0, "language": "en"},
    ),
}


def make_settings(**overrides: Any) -> Settings:
    values: dict[str, Any] = {
        "runpod_api_key": "rpa_secret",
        "runpod_base_url": "https://runpod.test/v2",
        "endpoints": {name: f"endpoint-{one}" for one, name in OF_MEDIA.items()},
        "webhook_keys": KEYRING,
        "webhook_base_url": "https://functions.test/runpodwebhook",
        "worker_delivery": WorkerDelivery.CREDENTIALS,
        "media_urls": MediaUrls.TOKEN,
        "limits": Limits(active=4, daily=200),
        "calls_per_second": 100_000,
        "check_revoked": True,
        "execution_timeout_seconds": 600,
        "queue_ttl_seconds": 3600,
        "reconcile_after_seconds": 60,
        "retention_days": 0,
    }
    return Settings(**values | overrides)


def make_generation(task_type: str = "text2img", **overrides: Any) -> Generation:
    media_type, request_data = _REQUESTS[task_type]
    values: dict[str, Any] = {
        "user_id": "ann",
        "media_type": media_type,
        "file_uid": "file-1",
        "task_type": task_type,
        "request_data": dict(request_data),
        "created_at": START,
        "modified": START,
    }
    return Generation(**values | overrides)


def make_job(generation: Generation | None = None, **overrides: Any) -> Job:
    """The job of a generation, known to RunPod as `job-1` unless told otherwise."""
    one = generation or make_generation()
    request = one.request_data
    values: dict[str, Any] = {
        "user_id": one.user_id,
        "media_type": one.media_type,
        "file_uid": one.file_uid,
        "attempt": one.attempt,
        "phase": Phase.STOPPING if one.status.terminal else Phase.SUBMITTED,
        "endpoint_id": f"endpoint-{one.media_type}",
        "outputs": registry.task_of(one).outputs(one.ref, request, START),
        "created_at": START,
        "check_at": START + timedelta(seconds=60),
        "deadline_at": START + timedelta(seconds=4230),
        "runpod_job_id": "job-1",
        "claim": "run-1" if one.status is Status.PROCESSING else None,
    }
    return Job(**values | overrides)


# For each boundary at which a user id comes in; a custom token may hold any of them.
GOOD_USER_IDS = ("ann", "a" * 128, "Zoë 🐈", 'quote"', "a.b#c", "...", "__ann", "_", "__a_")
BAD_USER_IDS = (
    *("ann/images", "/", "../bob", "bob/images/x", ".", ".."),
    *("__ann__", "____", "ann\n", "\x00", "a\x7fb", "\x85", "\ud800"),
)
