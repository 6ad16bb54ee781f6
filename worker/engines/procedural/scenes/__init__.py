"""The scenes that the engine can paint, by name."""

from collections.abc import Callable

from worker.engines.procedural.canvas import Canvas
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.abstract import paint_abstract
from worker.engines.procedural.scenes.bloom import paint_bloom
from worker.engines.procedural.scenes.city import paint_city
from worker.engines.procedural.scenes.cosmos import paint_cosmos
from worker.engines.procedural.scenes.land import paint_dunes, paint_forest, paint_mountains
from worker.engines.procedural.scenes.portrait import paint_portrait
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sea import paint_sea

SCENES: dict[str, Callable[[Canvas, Idea], Scene]] = {
    "abstract": paint_abstract,
    "bloom": paint_bloom,
    "city": paint_city,
    "cosmos": paint_cosmos,
    "dunes": paint_dunes,
    "forest": paint_forest,
    "mountains": paint_mountains,
    "portrait": paint_portrait,
    "sea": paint_sea,
}

__all__ = ["SCENES", "Scene"]
