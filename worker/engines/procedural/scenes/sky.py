"""Skies: a gradient, a sun or a moon with its glow, clouds, stars."""

from dataclasses import dataclass

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, mix, smoothstep
from worker.engines.procedural.idea import Idea


@dataclass(frozen=True)
class Sky:
    colour: Field
    lights: Field
    sun_x: float
    """In canvas units, as is ``sun_y``."""
    sun_y: float


def gradient(stops: tuple[Field, ...], at: Field) -> Field:
    """Colours for positions 0..1 along evenly spaced stops."""
    places = np.linspace(0, 1, len(stops))
    grid = np.linspace(0, 1, 512)
    table = np.stack(
        [np.interp(grid, places, [stop[c] for stop in stops]) for c in range(3)], axis=-1
    ).astype(np.float32)
    return table.take((np.clip(at, 0, 1) * 511).astype(np.int32), axis=0)


def stars(canvas: Canvas, density: float, below: float = 1.0) -> Field:
    """Scatter points of light, ``density`` to a square of the picture's height."""
    lights = np.zeros((canvas.height, canvas.width, 3), dtype=np.float32)
    count = int(density * canvas.aspect)
    xs, ys, sizes, warmth = canvas.rng.random((4, count))
    unit = canvas.height / 720
    for x, y, size, warm in zip(xs, ys, sizes, warmth, strict=True):
        column, row = int(x * (canvas.width - 1)), int(y * below * (canvas.height - 1))
        strength = 0.25 + 0.9 * size**6
        tone = np.array([0.8 + 0.2 * warm, 0.88, 1.0 - 0.25 * warm], dtype=np.float32) * strength
        radius = max(1, round(unit * (0.6 + 1.4 * size**5)))
        lights[row : row + radius, column : column + radius] += tone
    return lights


def paint_sky(canvas: Canvas, idea: Idea, horizon: float) -> Sky:
    """Paint the whole picture as sky; its colours reach the last stop at ``horizon``."""
    palette, rng = idea.palette, canvas.rng
    bands = canvas.noise(1.6, 3, stretch=4)
    colour = gradient(palette.sky, canvas.y / horizon * 0.98 + (bands - 0.5) * 0.16)
    sun_x = canvas.aspect * float(rng.uniform(0.28, 0.72))
    low = idea.mood in {"sunset", "dawn", "neon"}
    sun_y = horizon * float(rng.uniform(0.76, 0.88) if low else rng.uniform(0.2, 0.42))
    distance = np.hypot(canvas.x - sun_x, canvas.y - sun_y).astype(np.float32)
    nocturnal = idea.mood in {"night", "cosmos"}
    lights = np.zeros_like(colour)
    if nocturnal and "stars" not in idea.without:
        lights += stars(canvas, 420, below=horizon)
    if "sun" not in idea.without and idea.mood != "storm":
        radius = 0.055 if low else 0.042
        warm = mix(palette.sky[3], palette.light, 0.4)
        glow = np.exp(-distance * (4.2 if low else 8.0)) * (0.75 if low else 0.5)
        colour = mix(colour, np.broadcast_to(warm, colour.shape), glow.astype(np.float32))
        disk = smoothstep(radius * 1.04, radius * 0.96, distance)
        colour = mix(colour, np.broadcast_to(palette.light, colour.shape), disk)
        halo = np.exp(-((distance / (radius * 2.2)) ** 2)).astype(np.float32)
        lights += halo[..., None] * palette.light * (0.3 if low else 0.16)
    if "clouds" not in idea.without:
        colour, cover = _clouds(canvas, idea, colour, (sun_x, sun_y), horizon)
        lights *= (1 - cover * 0.85)[..., None]
    return Sky(colour, lights, sun_x, sun_y)


def _clouds(
    canvas: Canvas, idea: Idea, colour: Field, sun: tuple[float, float], horizon: float
) -> tuple[Field, Field]:
    """Clouds, bright on the side toward the sun. Returns the colours and the cover, 0..1."""
    palette = idea.palette
    heavy = {"storm": 0.2, "night": -0.06, "day": -0.02}.get(idea.mood, 0.02)
    shape = canvas.warped(canvas.noise(2.6, 6, stretch=2.6), 0.06, 3)
    cover = smoothstep(0.5 - heavy, 0.78 - heavy, shape)
    cover *= smoothstep(horizon * 1.02, horizon * 0.7, canvas.y + np.zeros_like(shape)) * 0.9
    toward_x, toward_y = sun[0] - canvas.x, sun[1] - canvas.y
    length = np.sqrt(toward_x**2 + toward_y**2) + 0.05
    nearer = canvas.sample(
        shape, canvas.x + toward_x / length * 0.02, canvas.y + toward_y / length * 0.02
    )
    lit = np.clip((shape - nearer) * 5 + 0.5, 0, 1) * np.exp(-length * 0.7)
    shade = mix(palette.sky[1], palette.sky[2], 0.35)
    bright = mix(palette.sky[3], palette.light, 0.5)
    cloud = mix(canvas.full(shade), canvas.full(bright), lit.astype(np.float32))
    return mix(colour, cloud, cover), cover
