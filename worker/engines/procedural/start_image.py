"""The picture that a painting starts from."""

from pathlib import Path

import numpy as np

from worker.engines.given import start_picture
from worker.engines.procedural.canvas import Field


def read_start_image(path: Path, width: int, height: int) -> Field:
    """Load a picture upright, without transparency, cropped and scaled to (height, width, 3)."""
    return np.asarray(start_picture(path, width, height), dtype=np.float32) / 255
