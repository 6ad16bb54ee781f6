"""Deep space: a nebula, stars, a planet."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import gradient, stars


def paint_cosmos(canvas: Canvas, idea: Idea) -> Scene:
    """Clouds of gas in the palette's colours, and one lit globe in front of them."""
    palette, rng = idea.palette, canvas.rng
    gas = canvas.warped(canvas.warped(canvas.noise(2.2, 6), 0.16, 2), 0.1, 3)
    veil = canvas.warped(canvas.noise(3, 6), 0.2, 2)
    slope = float(rng.uniform(-0.6, 0.6))
    band = np.exp(
        -(((canvas.y - 0.5 - slope * (canvas.x - canvas.aspect / 2)) / 0.34) ** 2)
    ).astype(np.float32)
    dense = smoothstep(0.3, 0.85, gas) * (0.25 + 0.75 * band)
    colour = gradient((palette.near, palette.sky[0], *palette.sky[1:], palette.light), dense)
    teal = smoothstep(0.5, 0.9, veil) * (0.35 + 0.4 * band)
    colour = mix(colour, canvas.full(palette.accent), (teal * 0.6).astype(np.float32))
    colour *= (1 - 0.75 * smoothstep(0.52, 0.8, 1 - veil) * dense)[..., None]
    lights = stars(canvas, 900) if "stars" not in idea.without else np.zeros_like(colour)
    solid = np.zeros_like(dense)
    radius = float(rng.uniform(0.15, 0.24))
    cx = canvas.aspect * float(rng.choice([0.3, 0.7])) + float(rng.uniform(-0.05, 0.05))
    cy = float(rng.uniform(0.36, 0.64))
    px, py = (canvas.x - cx) / radius, (canvas.y - cy) / radius
    inside = px**2 + py**2
    solid = smoothstep(1.015, 0.985, inside)
    depth = np.sqrt(np.clip(1 - inside, 0, 1))
    storms = canvas.texture(px * 0.7 / (0.6 + depth) + 20, py * 3.2 + px * 0.4 + 20, 5)
    globe = gradient((palette.far, palette.sky[3], palette.light, palette.accent), storms)
    sun = np.array([-0.62, -0.5, 0.6]) if cx > canvas.aspect / 2 else np.array([0.62, -0.5, 0.6])
    shade = np.clip(px * sun[0] + py * sun[1] + depth * sun[2], 0.02, 1).astype(np.float32)
    colour = mix(colour, globe * shade[..., None], solid)
    rim = np.exp(-np.abs(inside - 1) * 9) * np.clip(px * sun[0] + py * sun[1] + 0.35, 0, 1)
    lights = lights * (1 - solid)[..., None] + rim[..., None] * palette.accent * 0.5
    angle = gas * 6 + veil * 3
    return Scene(colour, angle, lights.astype(np.float32), 0.011, 1 - 0.85 * solid)
