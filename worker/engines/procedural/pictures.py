"""The picture tasks: ``text2img`` and ``img2img``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from worker.engines.interface import OutputFile, Result
from worker.engines.procedural.making import Makers
from worker.engines.procedural.paintings import Start, paint
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.start_image import read_start_image


def make_pictures(
    request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, progress: Progress
) -> Result:
    """Write ``num_images`` PNGs; picture i is the one that ``seed + i`` gives by itself."""
    size = int(request["width"]), int(request["height"])
    seed, count = int(request["seed"]), int(request["num_images"])
    start = None
    if "init_image" in inputs:
        start = Start(read_start_image(inputs["init_image"], *size), float(request["strength"]))
    files = []
    for index in range(count):
        part = progress.part(index / count, (index + 1) / count)
        pixels = paint(request, size, seed + index, part, start).finished()
        path = workdir / f"picture_{index}.png"
        # grain does not compress, so a higher level costs time and wins nothing
        Image.fromarray(pixels).save(path, "PNG", compress_level=3)
        files.append(OutputFile(path, "image/png"))
        part.at(1)
    return Result(tuple(files), {"seed": seed})


TASKS: Makers = {
    "text2img": make_pictures,
    "img2img": make_pictures,
}
