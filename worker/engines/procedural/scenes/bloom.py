"""Flowers, close up."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.palette import Palette
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import gradient


def paint_bloom(canvas: Canvas, idea: Idea) -> Scene:
    """Blossoms of many petals before leaves out of focus."""
    palette, rng = idea.palette, canvas.rng
    leaves = canvas.warped(canvas.noise(2.4, 4), 0.25, 2)
    colour = gradient(
        (palette.near, mix(palette.near, palette.far, 0.7), palette.far, palette.sky[0]), leaves
    )
    angle = leaves * 7
    solid = np.zeros_like(leaves)
    count = int(3 + 3 * canvas.aspect)
    sizes = np.sort(rng.uniform(0.1, 0.22, count))
    sizes[-1] = 0.34
    for number, size in enumerate(sizes):
        last = number == count - 1
        spread = 0.12 if last else 0.48
        cx = canvas.aspect * float(0.5 + rng.uniform(-spread, spread))
        cy = 0.5 + float(rng.uniform(-spread, spread))
        colour, covered, around = _flower(canvas, palette, (cx, cy, float(size)), colour)
        angle = mix(angle, around, covered)
        solid = np.maximum(solid, covered)
        canvas.beat()
    lights = np.zeros_like(colour)
    return Scene(colour, angle, lights, 0.010, 0.35 + 0.4 * (1 - solid))


def _flower(
    canvas: Canvas, palette: Palette, place: tuple[float, float, float], colour: Field
) -> tuple[Field, Field, Field]:
    """Paint one flower. Returns the colours, its cover 0..1 and the direction of its petals."""
    rng = canvas.rng
    cx, cy, size = place
    dx, dy = (canvas.x - cx) / size, (canvas.y - cy) / size
    radius = np.hypot(dx, dy)
    theta = np.arctan2(dy, dx)
    petals = int(rng.integers(6, 10))
    rings = int(rng.integers(4, 7))
    tone = palette.sky[1 + int(rng.integers(0, 2))]
    tip = palette.sky[int(rng.integers(0, 2))]
    covered = np.zeros_like(radius)
    for ring in range(rings):
        inner = ring / rings
        reach = 1.0 - 0.85 * inner
        turn = theta + ring * 2.4 + 0.5 * radius
        wave = np.abs(np.cos(turn * petals / 2))
        edge = reach * (0.62 + 0.38 * np.sqrt(wave))
        inside = smoothstep(0.015, -0.015, radius - edge)
        along = np.clip(radius / np.maximum(edge, 0.05), 0, 1)
        petal = mix(
            canvas.full(mix(palette.sky[3], tone, 0.35 + 0.4 * (1 - inner))),
            canvas.full(mix(tip, palette.light, 0.25 + 0.35 * inner)),
            along**1.6,
        )
        vein = 0.5 + 0.5 * np.cos(turn * petals * 3)
        petal *= ((0.5 + 0.5 * wave**0.6) * (0.97 + 0.03 * vein))[..., None]
        under = np.exp(-(((radius - edge) / 0.06) ** 2)) * (radius > edge) * (ring > 0)
        colour = mix(colour, colour * 0.55, under.astype(np.float32))
        colour = mix(colour, petal.astype(np.float32), inside)
        covered = np.maximum(covered, inside)
    heart = smoothstep(0.2, 0.12, radius)
    dots = canvas.texture(dx * 9 + 30, dy * 9 + 30, 2)
    centre = mix(canvas.full(palette.accent), canvas.full(palette.near), smoothstep(0.4, 0.7, dots))
    return mix(colour, centre, heart), covered, (theta + 0.3).astype(np.float32)
