"""Mountains, forests and deserts: layers of land that fade into the air."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import paint_sky


def paint_mountains(canvas: Canvas, idea: Idea) -> Scene:
    """Ridge behind ridge, snow on the far ones, mist in the valleys."""
    palette, rng = idea.palette, canvas.rng
    sky = paint_sky(canvas, idea, 0.72)
    colour, solid = sky.colour, np.zeros_like(canvas.x + canvas.y)
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        base = 0.46 + 0.42 * near**0.9
        relief = np.abs(canvas.profile(1.2 + 1.4 * near, 7) - 0.5)
        crest = base - (0.62 - 0.36 * near) * relief - float(rng.uniform(0, 0.05))
        inside = smoothstep(-0.002, 0.002, canvas.y - crest)
        rock = mix(mix(palette.sky[3], palette.far, 0.75), palette.near, near**1.3)
        grain = canvas.noise(7 + 6 * near, 5, stretch=0.7)
        face = canvas.full(rock) * (0.74 + 0.52 * grain)[..., None]
        under = canvas.y - crest
        if layer < 3:
            snow = smoothstep(0.13, 0.05, under + (grain - 0.5) * 0.5)
            face = mix(face, canvas.full(mix(palette.light, palette.sky[3], 0.3)), snow * 0.85)
        if "fog" not in idea.without:
            mist = smoothstep(0.06, 0.3, under) * (0.6 - 0.45 * near)
            face = mix(face, canvas.full(palette.sky[3]), mist.astype(np.float32))
        colour = mix(colour, face, inside)
        solid = np.maximum(solid, inside)
    angle = (canvas.noise(2, 3) - 0.5) * 2.4 + solid * 0.5
    return Scene(colour, angle, sky.lights * (1 - solid)[..., None], 0.010, 1 - 0.75 * solid)


def paint_forest(canvas: Canvas, idea: Idea) -> Scene:
    """Conifers in the mist, row before row, with light falling between them."""
    palette, rng = idea.palette, canvas.rng
    sky = paint_sky(canvas, idea, 0.6)
    colour, solid = sky.colour, np.zeros_like(canvas.x + canvas.y)
    layers = 7
    for layer in range(layers):
        near = layer / (layers - 1)
        ground = 0.50 + 0.55 * near + 0.08 * (canvas.profile(1.5, 3) - 0.5)
        crest = _treetops(canvas, ground, height=0.20 + 0.62 * near**1.8, near=near)
        inside = smoothstep(-0.0015, 0.0015, canvas.y - crest)
        foliage = mix(mix(palette.sky[3], palette.far, 0.7), palette.near, near**0.9)
        leaf = canvas.noise(14 + 20 * (1 - near), 4, stretch=0.8)
        face = canvas.full(foliage) * (0.62 + 0.8 * leaf)[..., None]
        face = mix(face, canvas.full(palette.accent), smoothstep(0.72, 1.0, leaf) * 0.3 * near)
        if "fog" not in idea.without:
            mist = smoothstep(-0.22, 0.12, canvas.y - ground) * (0.8 - 0.75 * near)
            face = mix(face, canvas.full(palette.sky[3]), mist.astype(np.float32))
        colour = mix(colour, face, inside)
        solid = np.maximum(solid, inside * (0.5 + 0.5 * near))
        canvas.beat()
    slope = float(rng.uniform(-0.5, 0.5))
    across = (canvas.x - sky.sun_x) - (canvas.y - sky.sun_y) * slope
    shafts = canvas.texture(across * 11 + 20, across * 0.3 + 20, 2)
    reach = np.exp(-np.abs(across) * 2.2) * smoothstep(0.95, 0.2, canvas.y + 0 * across)
    beams = smoothstep(0.4, 0.8, shafts) * reach * 0.2
    lights = sky.lights * (1 - solid)[..., None] + beams[..., None] * palette.light
    angle = (canvas.noise(2, 3) - 0.5) * 2.0 + solid * 1.2
    return Scene(colour, angle, lights.astype(np.float32), 0.006, 0.5 + 0.4 * (1 - solid))


def _treetops(canvas: Canvas, ground: Field, height: float, near: float) -> Field:
    """Draw the outline of a row of conifers, shape (1, W); smaller ``y`` is higher."""
    rng = canvas.rng
    outline = ground.copy()
    spacing = 0.028 + 0.10 * near
    position = float(rng.uniform(-0.1, 0))
    clearing = canvas.aspect * float(rng.uniform(0.35, 0.65))
    while position < canvas.aspect + 0.1:
        position += spacing * float(rng.uniform(0.4, 1.6))
        openness = 1 - 0.55 * near * np.exp(-(((position - clearing) / 0.22) ** 2))
        tall = height * float(rng.uniform(0.45, 1.0)) * openness
        half = tall * float(rng.uniform(0.17, 0.24))
        left = int(np.clip((position - half) * canvas.height, 0, canvas.width))
        right = int(np.clip((position + half) * canvas.height + 1, 0, canvas.width))
        if right <= left:
            continue
        away = np.abs(canvas.x[:, left:right] - position) / half
        boughs = (away * float(rng.uniform(6, 9))) % 1.0
        top = ground[:, left:right] - tall * np.clip(1 - away + 0.4 * away * (boughs - 0.6), 0, 1)
        outline[:, left:right] = np.minimum(outline[:, left:right], top)
    return outline


def paint_dunes(canvas: Canvas, idea: Idea) -> Scene:
    """Dunes with a lit and a shaded side, and ripples in the sand."""
    palette, rng = idea.palette, canvas.rng
    sky = paint_sky(canvas, idea, 0.56)
    colour, solid = sky.colour, np.zeros_like(canvas.x + canvas.y)
    lit_tone = mix(palette.far, palette.sky[3], 0.45)
    for layer in range(5):
        near = layer / 4
        crest_x = canvas.aspect * float(rng.uniform(0.1, 0.9))
        rise = 0.10 + 0.16 * near
        run = np.abs(canvas.x - crest_x) / canvas.aspect
        curve = np.exp(-2.6 * (np.sqrt(run**2 + 0.006) - 0.08)) + 0.3 * (
            canvas.profile(1.0, 2) - 0.5
        )
        crest = 0.56 + 0.42 * near - rise * curve
        inside = smoothstep(-0.002, 0.002, canvas.y - crest)
        under = np.maximum(canvas.y - crest, 0)
        bend = (under * 1.6) ** 0.7 * float(rng.uniform(-0.5, 0.9)) + 0.12 * (
            canvas.noise(1.5, 2) - 0.5
        )
        shaded = smoothstep(-0.012, 0.012, canvas.x - crest_x - bend)
        shaded *= smoothstep(0.75, 0.2, canvas.x - crest_x + 0 * under)
        ripples = 0.5 + 0.5 * np.sin(
            (canvas.y * 1.3 + canvas.noise(2, 3) * 0.16) * (260 - 150 * near) + canvas.x * 12
        )
        light = canvas.full(mix(lit_tone, palette.far, near * 0.5))
        dark = canvas.full(mix(palette.far, palette.near, 0.55 + 0.25 * near))
        face = mix(light, dark, shaded * 0.9)
        face *= (0.93 + 0.1 * ripples * (0.3 + near))[..., None]
        colour = mix(colour, face.astype(np.float32), inside)
        solid = np.maximum(solid, inside)
    angle = (canvas.noise(1.5, 2) - 0.5) * 1.4
    return Scene(colour, angle, sky.lights * (1 - solid)[..., None], 0.008, 1 - 0.5 * solid)
