"""The refiner: a second model that paints over what the first one leaves.

With ``high_noise_frac`` it takes over where that share of the noise is gone; without, it repaints
the result by ``strength``.
"""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from worker.engines.diffusers.asking import call
from worker.engines.diffusers.loading import Loaded
from worker.engines.diffusers.progress import Progress
from worker.engines.diffusers.schedulers import scheduler

STRENGTH = 0.3
MOST_OF_IT = 0.7  #: the share of the progress that the first model has
_LEAST, _MOST = 0.05, 0.95


def is_wanted(loaded: Loaded, request: Mapping[str, Any]) -> bool:
    """Whether there is a refiner, and it was asked for."""
    asked = {"refiner_inference_steps", "high_noise_frac"} & request.keys()
    share = request.get("high_noise_frac")
    return loaded.refiner is not None and bool(asked) and (share is None or share < 1)


def refined(
    loaded: Loaded,
    request: Mapping[str, Any],
    asked: dict[str, Any],
    progress: Progress,
    part: tuple[float, float],
) -> list[Image.Image]:
    """The pictures that the two models make together."""
    first, second = loaded.pipeline("text2img"), loaded.refiner
    steps = int(asked["num_inference_steps"])
    more = int(request.get("refiner_inference_steps") or steps)
    share = request.get("high_noise_frac")
    middle = part[0] + (part[1] - part[0]) * MOST_OF_IT
    asked = {**asked, "output_type": "latent"}
    if share is None:
        strength = max(float(request.get("strength", STRENGTH)), 1.001 / more)
        handed: dict[str, Any] = {"strength": min(1.0, strength), "num_inference_steps": more}
    else:
        share = min(max(float(share), _LEAST), _MOST)
        asked["denoising_end"] = share
        handed = {"denoising_start": share, "num_inference_steps": more}
    asked["callback_on_step_end"] = progress.steps(part[0], middle)
    latents = call(first, asked).images
    second.scheduler = scheduler(loaded, request.get("scheduler"))
    handed |= {
        "image": latents,
        "callback_on_step_end": progress.steps(middle, part[1]),
        "output_type": "pil",
    }
    kept = {name: asked[name] for name in _THE_SAME}
    made: list[Image.Image] = call(second, {**kept, **handed}).images
    return made


_THE_SAME = ("prompt", "negative_prompt", "guidance_scale", "num_images_per_prompt", "generator")
