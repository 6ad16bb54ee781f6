"""Paints over a picture: its shapes and light stay, colours and strokes become the scene's."""

from dataclasses import replace

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, mix, resize, smoothstep
from worker.engines.procedural.palette import Palette, luminance
from worker.engines.procedural.scenes import Scene


def restyled(
    canvas: Canvas, picture: Field, scene: Scene, palette: Palette, strength: float
) -> Scene:
    """Build the scene that lies ``strength`` (0..1) of the way from the picture to ``scene``."""
    level = luminance(picture)
    recoloured = palette.ramp().take((np.clip(level, 0, 1) * 255).astype(np.int32), axis=0)
    recoloured = mix(recoloured, picture, 0.35)
    whole = np.asarray([strength], dtype=np.float32)
    toward_colours = float(smoothstep(0.0, 0.75, whole)[0]) * 0.8
    toward_scene = float(smoothstep(0.3, 1.0, whole)[0]) * 0.95
    colour = mix(mix(picture, recoloured, toward_colours), scene.colour, toward_scene)
    canvas.beat()
    along, certain = _edges(level)
    # an angle and its opposite are the same stroke, so directions are blended doubled
    doubled = (1 - toward_scene) * certain
    x = mix(np.cos(2 * scene.angle), np.cos(2 * along), doubled)
    y = mix(np.sin(2 * scene.angle), np.sin(2 * along), doubled)
    return replace(
        scene,
        colour=colour,
        angle=(np.arctan2(y, x) / 2).astype(np.float32),
        lights=scene.lights * np.float32(toward_scene),
    )


def _edges(level: Field) -> tuple[Field, Field]:
    """Find the direction along a picture's edges, radians, and how certain it is, 0..1."""
    height, width = level.shape
    small = max(8, width // 4), max(8, height // 4)
    coarse = resize(level, *small)
    gy, gx = np.gradient(coarse, axis=0), np.gradient(coarse, axis=1)
    xx, yy, xy = (
        resize(resize(product, max(2, small[0] // 6), max(2, small[1] // 6)), width, height)
        for product in (gx * gx, gy * gy, gx * gy)
    )
    along = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    energy = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    return along.astype(np.float32), (energy / (energy + 2e-5)).astype(np.float32)
