"""`worker-sdxl`: the ready worker of RunPod's Hub that makes pictures with SDXL and its refiner.

https://github.com/runpod-workers/worker-sdxl (handler.py, schemas.py). It refuses a field that it
does not know, and calls back as every worker does, but neither claims nor reports. Its pictures
are PNG: data URLs, or links where it has a bucket.
"""

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
from firepod.protocol.dialects.words import filled_memory

NOT_TAKEN = "The worker of this model does not take such a request. Its operator has to look at it."
_WORDS = {"prompt": "prompt", "seed": "seed", "scheduler": "scheduler", "strength": "strength"}
#: their name -> ours; what the request does not have is left to the worker
_FROM_WORDS = _WORDS | {
    "negative_prompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "num_inference_steps": "steps",
    "refiner_inference_steps": "refiner_inference_steps",
    "guidance_scale": "guidance_scale",
    "high_noise_frac": "high_noise_frac",
    "num_images": "num_images",
}
# With a picture to start from only the refiner runs, and makes one of the same size.
_FROM_PICTURE = _WORDS | {"refiner_inference_steps": "steps"}


def to_input(ask: Ask) -> dict[str, Any]:
    start = ask.inputs.get("init_image")
    told = _named(ask.request, _FROM_PICTURE if start else _FROM_WORDS)
    if start:
        told["image_url"] = start
    return {**ask.fixed, **told}


def _named(request: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {theirs: request[ours] for theirs, ours in names.items() if ours in request}


def read(told: Told) -> Made | Failure:
    output = told.output
    if not isinstance(output, dict):
        return Failure(ErrorCode.OUTPUT_MISSING if output is None else ErrorCode.OUTPUT_INVALID)
    if output.get("error"):
        return failure(output["error"])
    images = output.get("images") or [output.get("image_url")]
    if not isinstance(images, list) or not all(isinstance(one, str) for one in images if one):
        return Failure(ErrorCode.OUTPUT_INVALID)
    if not all(images):
        return Failure(ErrorCode.OUTPUT_MISSING)
    return Made(tuple(_media(one) for one in images))


def _media(text: str) -> Media:
    return Link(text) if text.startswith(("https://", "http://")) else Packed(text)


def failure(error: Any) -> Failure:
    """Its validator tells mistakes as a list, with names of ours and of types of Python's."""
    if isinstance(error, list):
        return Failure(ErrorCode.WORKER_ERROR, NOT_TAKEN)
    return filled_memory(error) or failure_of(error)


DIALECT = Dialect(name="worker-sdxl", to_input=to_input, read=read, failure=failure)
