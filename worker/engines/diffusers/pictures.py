"""The picture tasks: ``text2img``, ``img2img`` and ``inpaint``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.engines import memory
from worker.engines.diffusers import refining
from worker.engines.diffusers.asking import arguments, call, generators
from worker.engines.diffusers.loading import Loaded
from worker.engines.diffusers.progress import Progress
from worker.engines.diffusers.schedulers import scheduler
from worker.engines.diffusers.sizes import Size, size
from worker.engines.given import mask_of, start_picture
from worker.engines.interface import OutputFile, Result, Step

_MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Start:
    """What a picture starts from."""

    picture: Image.Image
    mask: NDArray[np.float32] | None = field(default=None)


def make(
    loaded: Loaded,
    task: str,
    request: Mapping[str, Any],
    inputs: Mapping[str, Path],
    workdir: Path,
    step: Step,
) -> Result:
    """Write ``num_images`` PNGs; picture i is the one that ``seed + i`` gives by itself."""
    sized = size(loaded.model, int(request["width"]), int(request["height"]))
    progress = Progress(step, loaded.look, sized.made)
    progress.at(0)
    start = _start(inputs, sized)
    run = _Run(loaded, task, request, sized, start, progress)
    if start is not None and start.mask is None and not request["strength"]:
        made = [start.picture] * int(request["num_images"])
    else:
        made = run.all()
        loaded.look.learn(made[0])
    files = []
    for index, picture in enumerate(made):
        path = workdir / f"picture_{index}.png"
        picture.crop(sized.box).save(path, "PNG", compress_level=3)
        files.append(OutputFile(path, "image/png"))
        progress.at(1)
    return Result(tuple(files), {"seed": int(request["seed"])})


def _start(inputs: Mapping[str, Path], sized: Size) -> Start | None:
    if "init_image" not in inputs:
        return None
    picture = start_picture(inputs["init_image"], *sized.made)
    if "mask_image" not in inputs:
        return Start(picture)
    return Start(picture, mask_of(inputs["mask_image"], inputs["init_image"], *sized.made))


@dataclass(frozen=True, slots=True)
class _Run:
    loaded: Loaded
    task: str
    request: Mapping[str, Any]
    sized: Size
    start: Start | None
    progress: Progress

    def all(self) -> list[Image.Image]:
        """As many at a time as the memory has room for; fewer where it turns out to have less."""
        count, seed = int(self.request["num_images"]), int(self.request["seed"])
        area = self.sized.made[0] * self.sized.made[1] / _MEGAPIXEL
        together = memory.at_once(self.loaded.model.more_gb * max(area, 0.25))
        made: list[Image.Image] = []
        while len(made) < count:
            seeds = [seed + i for i in range(len(made), min(count, len(made) + together))]
            part = (len(made) / count, (len(made) + len(seeds)) / count)
            batch = self._batch_if_it_fits(seeds, part)
            if batch is None:
                together = max(1, len(seeds) // 2)
                memory.free()
                continue
            made += batch
            self.progress.at(part[1])
        return made

    def _batch_if_it_fits(
        self, seeds: list[int], part: tuple[float, float]
    ) -> list[Image.Image] | None:
        try:
            return self._batch(seeds, part)
        except Exception as error:
            if len(seeds) == 1 or not memory.is_short(error):
                raise
            return None

    def _batch(self, seeds: list[int], part: tuple[float, float]) -> list[Image.Image]:
        pipeline = self.loaded.pipeline(self.task)
        pipeline.scheduler = scheduler(self.loaded, self.request.get("scheduler"))
        asked = {
            **arguments(self.loaded.model, self.request),
            **self._started(),
            "width": self.sized.made[0],
            "height": self.sized.made[1],
            "num_images_per_prompt": len(seeds),
            "generator": generators(seeds),
        }
        if self.task == "text2img" and refining.is_wanted(self.loaded, self.request):
            return refining.refined(self.loaded, self.request, asked, self.progress, part)
        asked["callback_on_step_end"] = self.progress.steps(*part)
        made: list[Image.Image] = call(pipeline, asked).images
        return [self._within_mask(one) for one in made]

    def _started(self) -> dict[str, Any]:
        if self.start is None:
            return {}
        steps = arguments(self.loaded.model, self.request)["num_inference_steps"]
        given: dict[str, Any] = {
            "image": self.start.picture,
            "strength": _strength(float(self.request["strength"]), steps),
        }
        if self.start.mask is not None:
            given["mask_image"] = Image.fromarray((self.start.mask * 255 + 0.5).astype(np.uint8))
        return given

    def _within_mask(self, made: Image.Image) -> Image.Image:
        """What is black in the mask keeps its bytes, which a model gives back only nearly."""
        if self.start is None or self.start.mask is None:
            return made
        share = self.start.mask[..., None]
        old = np.asarray(self.start.picture, dtype=np.float32)
        new = np.asarray(made.convert("RGB"), dtype=np.float32)
        return Image.fromarray((old + (new - old) * share + 0.5).astype(np.uint8))


def _strength(wanted: float, steps: int) -> float:
    """At least one step's worth; a little more, because pipelines round down."""
    return min(1.0, max(wanted, 1.001 / steps))
