"""Small real files, made on the spot; the same request makes the same bytes.

Pillow and PyAV are imported by the first one that is made.
"""

import hashlib
import io
import math
import random
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.runpod.ready_made.fields import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

SAMPLE_RATE = 24_000
CHARACTERS_PER_SECOND = 15
_PATCHES = 9  # of colour, along each side
_SYLLABLE = 0.2  # seconds
_CODECS = {"wav": "pcm_s16le", "flac": "flac", "ogg": "libopus", "mp3": "libmp3lame"}
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it is served."""

    data: bytes
    content_type: str
    name: str


def picture(
    words: str, seed: int, size: tuple[int, int], kind: str = "png", start: bytes | None = None
) -> Made:
    """A picture of soft patches; with a start, half of it shines through."""
    image = _patches(words, seed, size)
    if start is not None:
        from PIL import Image

        image = Image.blend(open_picture(start).resize(size), image, 0.5)
    file = io.BytesIO()
    fast = {"compress_level": 1} if kind == "png" else {"quality": 80}
    image.save(file, _FORMATS[kind], **fast)
    return Made(file.getvalue(), f"image/{kind}", f"output.{kind}")


def size_of(data: bytes) -> tuple[int, int]:
    return open_picture(data).size


def open_picture(data: bytes) -> "Image":
    from PIL import Image

    try:
        return Image.open(io.BytesIO(data)).convert("RGB")
    except OSError as error:
        raise Refused("Invalid image URL") from error


def film(
    words: str,
    seed: int,
    size: tuple[int, int],
    timing: tuple[int, float],
    start: bytes | None = None,
) -> Made:
    """An MP4 of `timing`, frames a second and seconds, that moves over one picture."""
    import av

    fps, seconds = timing
    width, height = size
    frames = max(1, round(fps * seconds))
    of_image: Any = av.VideoFrame.from_image
    around = (width + width // 4, height)
    scene = open_picture(start).resize(around) if start else _patches(words, seed, around)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "32"}
        stream.thread_count = 1  # the same bytes on every machine
        for number in range(frames):
            left = (width // 4) * number // frames
            frame = of_image(scene.crop((left, 0, left + width, height)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Made(file.getvalue(), "video/mp4", "output.mp4")


def speech(text: str, voice: bytes, kind: str = "wav") -> Made:
    """A hum in the rhythm of syllables, as long as the text takes; each voice has its pitch."""
    import av

    seconds = spoken_seconds(text)
    pitch = 90 + int.from_bytes(hashlib.sha256(voice).digest()[:2], "big") % 160
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(_CODECS[kind], rate=SAMPLE_RATE)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=round(SAMPLE_RATE * seconds))
        frame.sample_rate, frame.pts = SAMPLE_RATE, 0
        frame.planes[0].update(_hum(pitch, frame.samples).ljust(frame.planes[0].buffer_size, b"\0"))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content_type = "audio/mpeg" if kind == "mp3" else f"audio/{kind}"
    return Made(file.getvalue(), content_type, f"output.{kind}")


def spoken_seconds(text: str) -> float:
    return max(0.5, len(text) / CHARACTERS_PER_SECOND)


def _patches(words: str, seed: int, size: tuple[int, int]) -> "Image":
    from PIL import Image

    chance = random.Random(f"{seed} {words}")  # noqa: S311 - the same request, the same picture
    colours = Image.frombytes("RGB", (_PATCHES, _PATCHES), chance.randbytes(3 * _PATCHES**2))
    return colours.resize(size, Image.Resampling.BICUBIC)


def _hum(pitch: int, samples: int) -> bytes:
    wave = []
    for number in range(samples):
        at = number / SAMPLE_RATE
        loud = abs(math.sin(math.pi * at / _SYLLABLE)) * 9_000
        wave.append(int(loud * math.sin(2 * math.pi * pitch * at)))
    return struct.pack(f"<{samples}h", *wave)
