"""What one sends to a worker to try it: an input for each task, and the tests of RunPod's Hub.

A request holds its files itself, as a direct one may. They are made here, of whole numbers only,
so that every machine writes the same bytes.
"""

import base64
import json
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

from firepod.kinds import registry
from firepod.kinds.fields import PICTURE, SOUND, Field, FileKind
from firepod.kinds.task import Task

# Of every task what is small and soon made; the rest stays as the task has it.
VALUES: dict[str, Any] = {
    "prompt": "a lighthouse above a stormy sea at dusk, oil on canvas",
    "text": "The light was seen from far out at sea, long before the ship came home.",
    "name": "Keeper",
    "width": 512,
    "height": 512,
    "video_width": 832,
    "video_height": 480,
    "num_frames": 17,
    "steps": 8,
    "seed": 42,
}
VOICE = "voice_keeper_01234567"
SIDE = 32  # of the pictures
RATE = 8_000
SECONDS = 4
# What RunPod's Hub tries a worker with; speech and voices have an image of their own.
HUB_TASKS = ("text2img", "img2img", "inpaint")
HUB_TIMEOUT_MS = 900_000  # the first one waits for the weights


def samples() -> dict[str, str]:
    """The file of each task: `{"input": {...}}`, as RunPod's SDK reads it."""
    return {name: _json({"input": sample(task)}) for name, task in registry.TASKS.items()}


def sample(task: Task) -> dict[str, Any]:
    """A direct request for a task."""
    fields: dict[str, Any] = {"task_type": task.name}
    for field in task.fields:
        if field.kind == "file" and field.file is not None:
            mask = field.name == "mask_image"
            fields[f"{field.name}_base64"] = _base64(_file(field.file, mask=mask))
        elif field.kind == "voice":
            fields |= {field.name: VOICE, "profile_base64": _base64(_profile())}
        elif field.name in VALUES:
            fields[field.name] = VALUES[field.name]
        elif field.required:
            fields[field.name] = _anything(field)
    return fields


def hub_tests() -> str:
    """`.runpod/tests.json` of the worker that makes pictures."""
    tests = [
        {"name": name, "input": sample(registry.TASKS[name]), "timeout": HUB_TIMEOUT_MS}
        for name in HUB_TASKS
    ]
    config = {
        "gpuTypeId": "NVIDIA GeForce RTX 4090",
        "gpuCount": 1,
        "env": [{"key": "FIREPOD_MODEL", "value": "sdxl"}],
        "allowedCudaVersions": ["13.0"],
    }
    return _json({"tests": tests, "config": config})


def _anything(field: Field) -> Any:
    if field.choices:
        return field.choices[0]
    return VALUES["text"] if field.kind in {"text", "line"} else field.low or 1


def _file(kind: FileKind, *, mask: bool) -> bytes:
    return {PICTURE: lambda: _picture(mask=mask), SOUND: _sound}[kind]()


def _picture(*, mask: bool) -> bytes:
    """A PNG: an orange disk on blue, or white on black; not packed, as programs differ there."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            inside = (2 * x - SIDE) ** 2 + (2 * y - SIDE) ** 2 < SIDE * SIDE // 2
            colour = (255, 160, 60) if inside else (30, 60 + 3 * y, 140)
            rows += bytes([255 * inside] * 3 if mask else colour)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _sound() -> bytes:
    """A WAV of something that hums in syllables, with the pitch of a low voice."""
    period, syllable = RATE // 125, RATE // 4
    wave = bytearray()
    for at in range(RATE * SECONDS):
        within = at % syllable
        loudness = min(within, syllable - within) * 200 // syllable
        hum = (at % period) * 2 * loudness // period - loudness
        wave.append(128 + hum)
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(wave)) + wave
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _profile() -> bytes:
    """A voice as the procedural engine keeps it; those of other engines are other files."""
    import numpy as np

    from worker.engines.procedural.speech.profile import Profile, save_profile
    from worker.engines.procedural.speech.timbre import BANDS

    envelope = np.linspace(12, -12, BANDS, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.npy"
        save_profile(Profile(120, 2.5, 4, -20, -6, 4_000, 4, envelope), path)
        return path.read_bytes()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
