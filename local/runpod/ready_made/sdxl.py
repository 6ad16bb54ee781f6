"""What github.com/runpod-workers/worker-sdxl takes and answers, read in its handler.py."""

import base64
import json
import random
from collections.abc import Mapping
from typing import Any

from local.runpod.ready_made import media
from local.runpod.ready_made.fields import Field, Refused, check_schema
from local.runpod.ready_made.kit import Kit

SCHEDULERS = (
    *("PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL"),
    *("DPMSolverMultistep", "DPMSolverSinglestep"),
)
_SCHEMA = {
    "prompt": Field(kind=str),
    "negative_prompt": Field(kind=str),
    "height": Field(kind=int, default=1024),
    "width": Field(kind=int, default=1024),
    "seed": Field(kind=int),
    "scheduler": Field(kind=str, default="DDIM"),
    "num_inference_steps": Field(kind=int, default=25),
    "refiner_inference_steps": Field(kind=int, default=50),
    "guidance_scale": Field(kind=float, default=7.5),
    "strength": Field(kind=float, default=0.3),
    "image_url": Field(kind=str),
    "num_images": Field(kind=int, default=1, low=1, high=2),
    "high_noise_frac": Field(kind=float),
}


def sdxl(*, bucket: bool) -> Any:
    """Make such a worker; with a bucket, its pictures are links."""

    async def work(kit: Kit, job_input: Mapping[str, Any]) -> dict[str, Any]:
        asked = check_schema(_SCHEMA, job_input)
        if asked["scheduler"] not in SCHEDULERS:
            raise Refused(_key_error(asked["scheduler"]))
        seed = random.getrandbits(16) if asked["seed"] is None else asked["seed"]
        size, start = (asked["width"], asked["height"]), None
        if asked["image_url"]:
            start = await kit.fetch(asked["image_url"], "image")
            size = await kit.make(media.size_of, start)
        elif any(side % 8 for side in size):
            words = (
                f"`height` and `width` have to be divisible by 8 but are {size[1]} and {size[0]}."
            )
            return {"error": f"Unexpected error: {words}", "refresh_worker": True}
        count = 1 if start else asked["num_images"]
        prompt = asked["prompt"] or ""
        made = [
            await kit.make(media.picture, f"{prompt} {number}", seed, size, "png", start)
            for number in range(count)
        ]
        images = [kit.publish(one) if bucket else _data_url(one) for one in made]
        done = {"images": images, "image_url": images[0], "seed": seed}
        return {**done, "refresh_worker": True} if start else done

    return work


def _key_error(key: str) -> str:
    """What the SDK makes of an exception of the handler: no sentence, but a traceback."""
    trace = f'Traceback (most recent call last):\n  File "/handler.py"\nKeyError: {key!r}\n'
    told = {"error_type": "<class 'KeyError'>", "error_message": key, "error_traceback": trace}
    return json.dumps(told)


def _data_url(made: media.Made) -> str:
    return f"data:{made.content_type};base64,{base64.b64encode(made.data).decode()}"
