"""Marbled colours, for prompts that name nothing that the engine knows how to paint."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.scene import Scene


def paint_abstract(canvas: Canvas, idea: Idea) -> Scene:
    """Noise bent by noise bent by noise, with veins and folds that catch light."""
    palette, rng = idea.palette, canvas.rng
    scale = float(rng.uniform(1.2, 2.4))
    first = canvas.noise(scale, 4)
    second = canvas.noise(scale, 4)
    bent_x = canvas.sample(first, canvas.x + second * 0.6 - 0.3, canvas.y + first * 0.6 - 0.3)
    bent_y = canvas.sample(second, canvas.x + first * 0.5 - 0.25, canvas.y + second * 0.5 - 0.25)
    form = canvas.sample(
        canvas.noise(scale * 1.4, 6), canvas.x + bent_x * 0.8 - 0.4, canvas.y + bent_y * 0.8 - 0.4
    )
    tone = np.clip((form - 0.5) * 1.7 + 0.5 + (bent_x - 0.5) * 0.5, 0, 1)
    colour = palette.ramp().take((tone * 255).astype(np.int32), axis=0)
    folds = 0.5 + 0.5 * np.sin((bent_x * 1.5 + form) * float(rng.uniform(16, 34)))
    colour *= (0.72 + 0.4 * folds)[..., None]
    veins = smoothstep(0.94, 1.0, 0.5 + 0.5 * np.sin((bent_y + form * 0.7) * 26))
    colour = mix(colour, canvas.full(palette.accent), veins * 0.7)
    gy, gx = np.gradient(form, axis=0), np.gradient(form, axis=1)
    relief = np.clip((gx + gy) * canvas.height * 0.06, -0.3, 0.35)
    colour = np.clip(colour + relief[..., None] * palette.light, 0, 1).astype(np.float32)
    angle = np.arctan2(gx, -gy).astype(np.float32)
    return Scene(colour, angle, np.zeros_like(colour), 0.012, np.ones_like(form))
