"""Schedulers by the names that requests have, which are those of worker-sdxl."""

from typing import Any

import diffusers

from worker.engines.diffusers.loading import Loaded
from worker.engines.interface import EngineError

_CLASSES = {
    "PNDM": "PNDMScheduler",
    "KLMS": "LMSDiscreteScheduler",
    "DDIM": "DDIMScheduler",
    "K_EULER": "EulerDiscreteScheduler",
    "K_EULER_ANCESTRAL": "EulerAncestralDiscreteScheduler",
    "DPMSolverMultistep": "DPMSolverMultistepScheduler",
    "DPMSolverSinglestep": "DPMSolverSinglestepScheduler",
}
# Models that were trained to follow a flow need the flow's kind of the same method.
_OF_FLOWS = {
    "K_EULER": ("FlowMatchEulerDiscreteScheduler", {}),
    "DPMSolverMultistep": (
        "DPMSolverMultistepScheduler",
        {"prediction_type": "flow_prediction", "use_flow_sigmas": True},
    ),
}


def scheduler(loaded: Loaded, name: str | None) -> Any:
    """A new scheduler for one run: the named one, or the model's own.

    Raises:
        EngineError: the model cannot be used with one of this name.
    """
    own = loaded.scheduler
    if name is None:
        return type(own).from_config(own.config)
    if name not in loaded.model.schedulers:
        known = ", ".join(loaded.model.schedulers)
        raise EngineError(
            f"{loaded.model.label} has no scheduler {name}. Leave it out, or take one of: {known}."
        )
    if loaded.model.pipeline == "sdxl":
        return getattr(diffusers, _CLASSES[name]).from_config(own.config)
    flow, settings = _OF_FLOWS[name]
    return getattr(diffusers, flow).from_config(own.config, **settings)
