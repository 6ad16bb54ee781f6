"""The picture tasks: ``text2img``, ``img2img`` and ``inpaint``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.engines.interface import OutputFile, Result
from worker.engines.procedural.canvas import Field, mix
from worker.engines.procedural.making import Makers
from worker.engines.procedural.mask import read_mask
from worker.engines.procedural.paintings import Start, paint
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.start_image import read_start_image


def make_pictures(
    request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, progress: Progress
) -> Result:
    """Write ``num_images`` PNGs; picture i is the one that ``seed + i`` gives by itself.

    With a mask, what is black in it keeps the bytes of the start picture.
    """
    size = int(request["width"]), int(request["height"])
    seed, count = int(request["seed"]), int(request["num_images"])
    start = mask = None
    if "init_image" in inputs:
        start = Start(read_start_image(inputs["init_image"], *size), float(request["strength"]))
    if "mask_image" in inputs:
        mask = read_mask(inputs["mask_image"], inputs["init_image"], *size)
    files = []
    for index in range(count):
        part = progress.part(index / count, (index + 1) / count)
        pixels = paint(request, size, seed + index, part, start).finished()
        if start is not None and mask is not None:
            pixels = _within(mask, pixels, start)
        path = workdir / f"picture_{index}.png"
        # grain does not compress, so a higher level costs time and wins nothing
        Image.fromarray(pixels).save(path, "PNG", compress_level=3)
        files.append(OutputFile(path, "image/png"))
        part.at(1)
    return Result(tuple(files), {"seed": seed})


def _within(mask: Field, pixels: NDArray[np.uint8], start: Start) -> NDArray[np.uint8]:
    blended = mix(start.picture * 255, pixels.astype(np.float32), mask)
    return (blended + 0.5).astype(np.uint8)


TASKS: Makers = {
    "text2img": make_pictures,
    "img2img": make_pictures,
    "inpaint": make_pictures,
}
