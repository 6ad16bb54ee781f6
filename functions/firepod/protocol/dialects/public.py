"""`public`: RunPod's public endpoints, which make media for everybody who has a key.

https://docs.runpod.io/public-endpoints/overview: one job makes one file, the answer is a link that
is good for a week, and what it cost. Nothing is said of callbacks, so the look ends the job. How
each endpoint calls its fields stands with its model, in the table (`input`, `fixed`).
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from firepod.domain.generation import ErrorCode
from firepod.protocol.dialects.values import (
    Ask,
    Dialect,
    Failure,
    Link,
    Made,
    Media,
    Packed,
    Told,
    failure_of,
)

HOSTS = frozenset({"image.runpod.ai", "video.runpod.ai", "audio.runpod.ai"})
FILTERED = "The model's content filter refused this. Other words, or another picture, may pass."
_FILES = ("image_url", "video_url", "audio_url", "result")
_FILTER = re.compile(
    r"\b(?:nsfw|safety|sensitive|moderat\w+|flagged|prohibited|content\s+(?:policy|filter))\b",
    re.IGNORECASE,
)
_LOOKED_AT_CHARS = 2_000
_MOST_USD = 10_000


def to_input(ask: Ask) -> dict[str, Any]:
    """What the model's table says, of what the request has; what is empty is left away."""
    told = dict(ask.fixed)
    for theirs, source in ask.names.items():
        value = value_of(ask, source)
        if value not in (None, ""):
            told[theirs] = value
    return told


def value_of(ask: Ask, source: str) -> Any:
    """A field of the request, one of its inputs, or what is made of several fields."""
    if source in ask.inputs:
        return ask.inputs[source]
    request = ask.request
    match source:
        case "size":
            return "{}*{}".format(*_sides(request))
        case "aspect_ratio":
            width, height = _sides(request)
            common = math.gcd(width, height) or 1
            return f"{width // common}:{height // common}"
        case "seconds":
            return max(1, round(request["num_frames"] / request["fps"]))
    return request.get(source)


def _sides(request: Mapping[str, Any]) -> tuple[int, int]:
    if "width" in request:
        return request["width"], request["height"]
    return request["video_width"], request["video_height"]


def read(told: Told) -> Made | Failure:
    output = told.output
    if not isinstance(output, dict):
        return Failure(ErrorCode.OUTPUT_MISSING if output is None else ErrorCode.OUTPUT_INVALID)
    if output.get("error"):
        return failure(output["error"])
    found = next((output[name] for name in _FILES if output.get(name)), None)
    if found is None:
        return Failure(ErrorCode.OUTPUT_MISSING)
    if not isinstance(found, str):
        return Failure(ErrorCode.OUTPUT_INVALID)
    media: Media = Packed(found) if found.startswith("data:") else Link(found)
    return Made((media,), usd(output.get("cost")))


def usd(cost: Any) -> float | None:
    """A price as an answer holds it; None for what is none."""
    number = isinstance(cost, int | float) and not isinstance(cost, bool)
    # Compared as it came: a whole number may be too large to be a float.
    return float(cost) if number and 0 <= cost <= _MOST_USD else None


def failure(error: Any) -> Failure:
    """A content filter's refusal is no fault of a worker's; its own words may hold the prompt."""
    if isinstance(error, str) and _FILTER.search(error[:_LOOKED_AT_CHARS]):
        return Failure(ErrorCode.REJECTED, FILTERED)
    return failure_of(error)


DIALECT = Dialect(
    name="public", to_input=to_input, read=read, failure=failure, hosts=HOSTS, shared=True
)
