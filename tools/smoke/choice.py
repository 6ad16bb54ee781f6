"""The cheapest picture of what a deployment serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firepod.kinds.registry import TASKS
from tools.smoke.wire import Failed

TASK = "text2img"
PIXELS_OF_A_MEGAPIXEL = 1_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """What is asked for."""

    model: str
    width: int
    height: int
    usd: float | None  #: what it costs; None where that depends on more, or nobody knows
    price: str  #: for people

    @property
    def says(self) -> str:
        return f"{self.model}, {self.width}x{self.height}, {self.price}"


def choose(
    models: Sequence[Mapping[str, Any]], *, wanted: str = "", local: bool = False
) -> Picture:
    """Of the model that is `wanted`, else the cheapest whose price is known, else the default one.

    On a `local` stack nothing costs, and what has a price may have nothing behind it.

    Raises:
        Failed: no model makes pictures of words, or not the one that is wanted.
    """
    able = [one for one in models if TASK in one["tasks"] and wanted in ("", one["id"])]
    if not able:
        named = f" named {wanted}" if wanted else ""
        raise Failed(f"No model{named} makes {TASK} there.", "make doctor says which there are")
    pictures = [(_smallest(one), TASK in one["default_for"]) for one in able]
    known = [one for one, _ in pictures if one.usd is not None]
    if known and not local:
        return min(known, key=lambda one: one.usd or 0)
    return next((one for one, default in pictures if default), pictures[0][0])


def _smallest(model: Mapping[str, Any]) -> Picture:
    sizes = [(int(width), int(height)) for width, height in model.get("sizes", [])]
    if sizes:
        width, height = min(sizes, key=lambda size: size[0] * size[1])
    else:
        width, height = (_least(model, name) for name in ("width", "height"))
    price = model.get("price")
    usd = _cost(price, width * height)
    told = "at a price that nobody knows"
    if usd is not None:
        told = f"for ${usd:.4f}"
    elif price:
        told = f"at ${price['usd']:g} per {price['per']}"
    return Picture(str(model["id"]), width, height, usd, told)


def _least(model: Mapping[str, Any], name: str) -> int:
    """The smallest value of a field that the task and the model take."""
    field = next(one for one in TASKS[TASK].fields if one.name == name)
    bounds = model.get("bounds", {}).get(name, {})
    if bounds.get("one_of"):
        return int(min(bounds["one_of"]))
    low = int(bounds.get("min", field.low or 1))
    step = int(bounds.get("multiple_of", field.multiple or 1))
    return -(-low // step) * step


def _cost(price: Any, pixels: int) -> float | None:
    match price:
        case {"usd": float() | int() as usd, "per": "picture"}:
            return float(usd)
        case {"usd": float() | int() as usd, "per": "megapixel"}:
            return float(usd) * pixels / PIXELS_OF_A_MEGAPIXEL
    return None
