"""Open water under a sky."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import paint_sky


def paint_sea(canvas: Canvas, idea: Idea) -> Scene:
    """Paint a horizon, islands, water that mirrors the sky, and the sun's path on it."""
    palette, rng = idea.palette, canvas.rng
    horizon = float(rng.uniform(0.5, 0.6))
    sky = paint_sky(canvas, idea, horizon)
    above = sky.colour
    for level, (height, tone) in enumerate([(0.05, 0.25), (0.09, 0.6)]):
        side = float(rng.choice([0.0, canvas.aspect]))
        hump = np.exp(-(((canvas.x - side) / (canvas.aspect * (0.42 - 0.1 * level))) ** 2))
        crest = horizon - height * hump * (0.3 + 1.1 * canvas.profile(5, 6)) + 0.012
        land = smoothstep(0.003, -0.003, crest - canvas.y) * (canvas.y < horizon)
        above = mix(above, canvas.full(mix(palette.far, palette.near, tone)), land)
    depth = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1) + np.zeros_like(canvas.x)
    nearness = 0.035 + 0.42 * depth
    u = (canvas.x - canvas.aspect / 2) / nearness * 1.1 + 40
    v = 1.6 / nearness + 40
    waves = canvas.texture(u, v * 2.2, 4)
    swell = canvas.texture(u * 0.35, v * 1.2, 3)
    ripple = (waves - 0.5) * (0.02 + 0.1 * depth) + (swell - 0.5) * 0.08 * depth
    mirrored = canvas.sample(
        above,
        canvas.x + ripple * 0.7,
        np.minimum(2 * horizon - canvas.y, horizon) * (0.9 + 0.1 * depth) - np.abs(ripple) * 1.4,
    )
    body = mix(palette.near, palette.sky[1], 0.35)
    water = mix(mirrored, canvas.full(body), np.clip(0.18 + 0.55 * depth, 0, 0.8))
    crest_light = smoothstep(0.56, 0.85, waves * 0.6 + swell * 0.4)
    water += (crest_light * (0.3 - 0.12 * depth))[..., None] * palette.sky[3]
    water *= (0.82 + 0.36 * swell)[..., None]
    lights = sky.lights
    below = (canvas.y >= horizon).astype(np.float32)
    if "sun" not in idea.without:
        width = 0.03 + 0.3 * depth
        column = np.exp(-(((canvas.x - sky.sun_x) / width) ** 2))
        sparkle = smoothstep(0.5, 0.74, waves) * column
        glitter = sparkle * np.exp(-2.2 * depth) * below
        lights = lights * (1 - below)[..., None] + glitter[..., None] * palette.light * 0.8
    surface = np.broadcast_to(below, depth.shape)
    colour = mix(above, np.clip(water, 0, 1), surface)
    wind = (canvas.noise(1.5, 2) - 0.5) * 1.2
    return Scene(
        colour=colour,
        angle=wind * (1 - surface * 0.75),
        lights=lights.astype(np.float32),
        stroke=0.013,
        drift=0.45 + 0.55 * surface,
    )
