"""The sizes that a model takes. Others are made a little larger and cut, or refused."""

from dataclasses import dataclass

from worker.engines.interface import EngineError
from worker.engines.table import Model


@dataclass(frozen=True, slots=True)
class Size:
    """What was asked for, and what is made for it."""

    asked: tuple[int, int]
    made: tuple[int, int]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The part of what is made that was asked for: its middle."""
        left, top = ((self.made[i] - self.asked[i]) // 2 for i in (0, 1))
        return left, top, left + self.asked[0], top + self.asked[1]


def size(model: Model, width: int, height: int) -> Size:
    """How a size is made.

    Raises:
        EngineError: the model does not make it; the sentence says what it makes.
    """
    if model.sizes and (width, height) not in model.sizes:
        known = ", ".join(f"{w}x{h}" for w, h in model.sizes)
        raise EngineError(f"{model.label} has these sizes only: {known}.")
    if model.most_pixels and width * height > model.most_pixels:
        most = f"{model.most_pixels / 1_000_000:.1f} megapixels"
        raise EngineError(f"{model.label} makes at most {most}. Ask for a smaller size.")
    return Size((width, height), (_up(width, model.multiple), _up(height, model.multiple)))


def frames(model: Model, count: int) -> int:
    """How many frames are made for so many: the next 4n + 1.

    Raises:
        EngineError: so many are too many for the model.
    """
    if model.most_frames and count > model.most_frames:
        raise EngineError(f"{model.label} makes at most {model.most_frames} frames.")
    return _up(count - 1, 4) + 1


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
