"""RunPod's public endpoints: ids, parameters, answers and prices as its documentation has them.

https://docs.runpod.io/public-endpoints/reference , read in 2026-11.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local.runpod.ready_made import media
from local.runpod.ready_made.fields import Field, Refused, check
from local.runpod.ready_made.kit import Kit

Output = dict[str, Any]
Worker = Callable[[Kit, Mapping[str, Any]], Awaitable[Output]]

_TEXT = Field(kind=str)
_PROMPT = Field(kind=str, required=True)
_SEED = Field(kind=int, default=-1)
_SAFETY = Field(kind=bool, default=True)
_SIDE = Field(kind=int, default=1024, low=256, high=1536, multiple=64)
_GUIDANCE = Field(kind=float, default=7.5, low=0, high=10)
_SIZE = re.compile(r"(\d{2,4})\*(\d{2,4})")
_Z_SIZES = (
    *("512*512", "768*768", "1024*1024", "1280*1280"),
    *("1024*768", "768*1024", "1280*720", "720*1280"),
)
_RATIOS = ("16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "1:1")
_VOICES = (
    *("aaron", "abigail", "anaya", "andy", "archer", "brian", "chloe", "dylan", "emmanuel"),
    *("ethan", "evelyn", "gavin", "gordon", "ivan", "laura", "lucy", "madison", "marisol"),
    *("meera", "walter"),
)
_EMOTIONS = ("happy", "sad", "neutral", "angry", "fearful", "surprised")


def _flux(steps: int, most_steps: int, usd_per_megapixel: float) -> Worker:
    fields = {
        "prompt": _PROMPT,
        "negative_prompt": _TEXT,
        "width": _SIDE,
        "height": _SIDE,
        "num_inference_steps": Field(kind=int, default=steps, low=1, high=most_steps),
        "guidance": _GUIDANCE,
        "seed": _SEED,
        "image_format": Field(kind=str, default="jpeg", choices=("png", "jpeg")),
    }

    async def work(kit: Kit, job_input: Mapping[str, Any]) -> Output:
        asked = check(fields, job_input)
        size = (asked["width"], asked["height"])
        made = await kit.make(
            media.picture, asked["prompt"], asked["seed"], size, asked["image_format"]
        )
        cost = round(size[0] * size[1] / 1_000_000 * usd_per_megapixel, 10)
        return {"image_url": kit.publish(made), "cost": cost}

    return work


_Z_IMAGE = {
    "prompt": _PROMPT,
    "image": _TEXT,
    "size": Field(kind=str, default="1024*1024", choices=_Z_SIZES),
    "strength": Field(kind=float, default=0.8, low=0, high=1),
    "seed": _SEED,
    "output_format": Field(kind=str, default="png", choices=("png", "jpeg", "webp")),
    "enable_safety_checker": _SAFETY,
}


async def _z_image(kit: Kit, job_input: Mapping[str, Any]) -> Output:
    asked = check(_Z_IMAGE, job_input)
    start = await kit.fetch(asked["image"], "image") if asked["image"] else None
    size, kind = _size(asked["size"]), asked["output_format"]
    made = await kit.make(media.picture, asked["prompt"], asked["seed"], size, kind, start)
    return {"image_url": kit.publish(made), "cost": 0.005}


_QWEN_EDIT = {
    "prompt": _PROMPT,
    "image": _PROMPT,
    "negative_prompt": _TEXT,
    "seed": _SEED,
    "output_format": Field(kind=str, default="jpeg", choices=("png", "jpeg")),
    "enable_safety_checker": _SAFETY,
}


async def _qwen_edit(kit: Kit, job_input: Mapping[str, Any]) -> Output:
    asked = check(_QWEN_EDIT, job_input)
    start = await kit.fetch(asked["image"], "image")
    size = await kit.make(media.size_of, start)
    kind = asked["output_format"]
    made = await kit.make(media.picture, asked["prompt"], asked["seed"], size, kind, start)
    return {"image_url": kit.publish(made), "cost": 0.02}


_P_VIDEO = {
    "prompt": _PROMPT,
    "image": _TEXT,
    "audio": _TEXT,
    "duration": Field(kind=int, default=5, low=1, high=10),
    "resolution": Field(kind=str, default="720p", choices=("720p", "1080p")),
    "fps": Field(kind=int, default=24, choices=(24, 48)),
    "aspect_ratio": Field(kind=str, default="16:9", choices=_RATIOS),
    "seed": Field(kind=int),
    "draft": Field(kind=bool, default=False),
    "save_audio": Field(kind=bool, default=True),
    "prompt_upsampling": Field(kind=bool, default=True),
}


async def _p_video(kit: Kit, job_input: Mapping[str, Any]) -> Output:
    asked = check(_P_VIDEO, job_input)
    start = await kit.fetch(asked["image"], "image") if asked["image"] else None
    short = int(asked["resolution"].removesuffix("p"))
    across, down = await _shape(kit, asked, start)
    long = round(short * max(across, down) / min(across, down) / 16) * 16
    size = (long, short) if across >= down else (short, long)
    timing = (asked["fps"], asked["duration"])
    made = await kit.make(media.film, asked["prompt"], asked["seed"] or 0, size, timing, start)
    per_second = 0.02 * (short // 720 + (short > 720)) * (0.25 if asked["draft"] else 1)
    return {"video_url": kit.publish(made), "cost": round(per_second * asked["duration"], 6)}


async def _shape(kit: Kit, asked: Mapping[str, Any], start: bytes | None) -> tuple[int, int]:
    if start is not None:  # `aspect_ratio` is ignored then
        return await kit.make(media.size_of, start)
    across, _, down = asked["aspect_ratio"].partition(":")
    return int(across), int(down)


def _wan(*, with_image: bool, durations: tuple[int, ...], usd_per_second: float) -> Worker:
    fields = {
        "prompt": _PROMPT,
        **({"image": _PROMPT} if with_image else {}),
        "negative_prompt": _TEXT,
        "size": Field(kind=str, default="1280*720"),
        "num_inference_steps": Field(kind=int, default=30, low=1, high=50),
        "guidance": Field(kind=float, default=5, low=0, high=10),
        "duration": Field(kind=int, default=5, choices=durations),
        "flow_shift": Field(kind=int, default=5),
        "seed": _SEED,
        "enable_prompt_optimization": Field(kind=bool, default=False),
        "enable_safety_checker": _SAFETY,
    }

    async def work(kit: Kit, job_input: Mapping[str, Any]) -> Output:
        asked = check(fields, job_input)
        start = await kit.fetch(asked["image"], "image") if with_image else None
        size, timing = _size(asked["size"]), (16, asked["duration"])
        made = await kit.make(media.film, asked["prompt"], asked["seed"], size, timing, start)
        cost = round(asked["duration"] * usd_per_second, 6)
        return {"video_url": kit.publish(made), "cost": cost}

    return work


_CHATTERBOX = {
    "prompt": _PROMPT,
    "voice": Field(kind=str, default="lucy", choices=_VOICES),
    "voice_url": _TEXT,
    "format": Field(kind=str, default="wav", choices=("wav", "flac", "ogg")),
}


async def _chatterbox(kit: Kit, job_input: Mapping[str, Any]) -> Output:
    asked = check(_CHATTERBOX, job_input)
    voice = asked["voice"].encode()
    if asked["voice_url"]:
        voice = await kit.fetch(asked["voice_url"], "audio")
    made = await kit.make(media.speech, asked["prompt"], voice, asked["format"])
    return {"audio_url": kit.publish(made)}  # the only one that tells no cost


_MINIMAX = {
    "prompt": _PROMPT,
    "voice_id": Field(kind=str, default="Wise_Woman"),
    "speed": Field(kind=float, default=1),
    "volume": Field(kind=float, default=1),
    "pitch": Field(kind=float, default=0),
    "emotion": Field(kind=str, default="neutral", choices=_EMOTIONS),
    "english_normalization": Field(kind=bool, default=False),
    "default_audio_url": _TEXT,
}


async def _minimax(kit: Kit, job_input: Mapping[str, Any]) -> Output:
    asked = check(_MINIMAX, job_input)
    made = await kit.make(media.speech, asked["prompt"], asked["voice_id"].encode(), "mp3")
    cost = round(len(asked["prompt"]) * 0.05 / 1000, 6)
    return {"audio_url": kit.publish(made), "cost": cost}


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if found is None or int(found[1]) % 2 or int(found[2]) % 2:
        raise Refused("Invalid parameter: size must be width*height")
    return int(found[1]), int(found[2])


PUBLIC: dict[str, Worker] = {
    "black-forest-labs-flux-1-schnell": _flux(4, 8, 0.0024),
    "black-forest-labs-flux-1-dev": _flux(28, 50, 0.02),
    "z-image-turbo": _z_image,
    "qwen-image-edit": _qwen_edit,
    "p-video": _p_video,
    "wan-2-2-i2v-720": _wan(with_image=True, durations=(5, 8, 10, 15), usd_per_second=0.06),
    "wan-2-6-t2v": _wan(with_image=False, durations=(5, 10, 15), usd_per_second=0.1),
    "chatterbox-turbo": _chatterbox,
    "minimax-speech-02-hd": _minimax,
}
