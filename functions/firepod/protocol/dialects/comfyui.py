"""`comfyui`: the ready worker of RunPod's Hub that runs any graph of ComfyUI.

https://github.com/runpod-workers/worker-comfyui, 5.0 and later (handler.py). The graph is the
model's, with slots for what a request says (`slots.py`). Pictures go in within the body, by names;
they come out as base64, or as links where the worker has a bucket.
"""

import re
from typing import Any

from firepod.domain.generation import ErrorCode
from firepod.protocol.dialects import slots
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

NOT_THERE = "A model or a node that this workflow needs is not installed at its endpoint."
NOTHING_SAVED = "The workflow ended without a picture. Its operator has to look at it."
_NOT_VALID = "Workflow validation failed"
_TYPE = re.compile(r"data:image/([a-z]{3,5})[;,]")


def to_input(ask: Ask) -> dict[str, Any]:
    """The graph with the request in its slots, and the pictures that it reads."""
    if ask.workflow is None:
        msg = "a model of ComfyUI has a workflow"
        raise ValueError(msg)
    files = {name: _file_name(name, data_url) for name, data_url in ask.inputs.items()}
    graph = slots.fill(ask.workflow, {**ask.request, **files})
    images = [{"name": files[name], "image": url} for name, url in ask.inputs.items()]
    return {**ask.fixed, "workflow": graph} | ({"images": images} if images else {})


def _file_name(name: str, data_url: str) -> str:
    """A name for ComfyUI's folder of inputs, which jobs of one worker share one after another."""
    found = _TYPE.match(data_url)
    return f"{name}.{found[1] if found else 'png'}"


def read(told: Told) -> Made | Failure:
    """The pictures, in the order in which the graph saved them; warnings beside them are none."""
    output = told.output
    if not isinstance(output, dict):
        return Failure(ErrorCode.OUTPUT_MISSING if output is None else ErrorCode.OUTPUT_INVALID)
    if output.get("error"):
        return failure(output["error"])
    images = output.get("images")
    if not images:
        return Failure(ErrorCode.OUTPUT_MISSING, NOTHING_SAVED)
    found = [_media(one) for one in images] if isinstance(images, list) else []
    media = tuple(one for one in found if one is not None)
    if not found or len(media) != len(found):
        return Failure(ErrorCode.OUTPUT_INVALID)
    return Made(media)


def _media(image: Any) -> Media | None:
    data = image.get("data") if isinstance(image, dict) else None
    if not isinstance(data, str):
        return None
    match image.get("type"):
        case "base64":
            return Packed(data)
        case "s3_url":
            return Link(data)
    return None


def failure(error: Any) -> Failure:
    """ComfyUI's own words name nodes, files and folders of its machine."""
    if isinstance(error, str) and error.startswith(_NOT_VALID):
        return Failure(ErrorCode.MODEL_UNAVAILABLE, NOT_THERE)
    return filled_memory(error) or failure_of(error)


DIALECT = Dialect(name="comfyui", to_input=to_input, read=read, failure=failure, inputs_inline=True)
