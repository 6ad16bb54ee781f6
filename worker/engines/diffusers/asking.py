"""What all pipelines are asked in the same way."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from worker.engines.table import Model


def arguments(model: Model, request: Mapping[str, Any]) -> dict[str, Any]:
    """The words and numbers of a request, as far as the model lets one choose them.

    A model that was distilled to few steps, or to one guidance, gets no better by more of it.
    """
    steps = int(request["steps"])
    guidance = float(request["guidance_scale"]) if model.guidance is None else model.guidance
    return {
        "prompt": request["prompt"],
        "negative_prompt": request["negative_prompt"] or None,
        "num_inference_steps": min(steps, model.most_steps) if model.most_steps else steps,
        "guidance_scale": guidance,
    }


def generators(seeds: Sequence[int]) -> list[Any]:
    """One for each picture. The noise is the CPU's, which is the same beside every GPU."""
    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def call(pipeline: Any, arguments: Mapping[str, Any]) -> Any:
    """Call a pipeline with those arguments that it takes; some have no negative prompt or size."""
    taken = inspect.signature(pipeline.__call__).parameters
    return pipeline(**{name: value for name, value in arguments.items() if name in taken})
