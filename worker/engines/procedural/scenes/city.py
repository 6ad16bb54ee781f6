"""A city by night, its lights mirrored in a wet street."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, blur, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.palette import hsv
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import paint_sky


def paint_city(canvas: Canvas, idea: Idea) -> Scene:
    """Towers in layers with lit windows, signs and their glow, and the street below."""
    palette, rng = idea.palette, canvas.rng
    street = float(rng.uniform(0.7, 0.78))
    sky = paint_sky(canvas, idea, street)
    colour, lights = sky.colour, sky.lights
    solid = np.zeros((canvas.height, canvas.width), dtype=np.float32)
    layers = 4
    for layer in range(layers):
        near = layer / (layers - 1)
        walls = mix(mix(palette.sky[2], palette.far, 0.6), palette.near, 0.25 + 0.75 * near)
        covered = np.zeros_like(solid)
        glow = np.zeros_like(colour)
        _towers(canvas, idea, (street, near), covered, glow)
        canvas.beat()
        haze = smoothstep(0.2, street, canvas.y + 0 * canvas.x) * (0.5 - 0.45 * near)
        face = mix(canvas.full(walls), canvas.full(palette.sky[3]), haze.astype(np.float32))
        colour = mix(colour, face, covered)
        lights = lights * (1 - covered)[..., None] + glow
        solid = np.maximum(solid, covered)
    below = np.broadcast_to((canvas.y >= street).astype(np.float32), solid.shape)
    depth = np.clip((canvas.y - street) / (1 - street), 0, 1) + 0 * canvas.x
    nearness = 0.06 + depth
    wet = canvas.texture((canvas.x - canvas.aspect / 2) / nearness + 32, 3.0 / nearness + 32, 4)
    shift = (wet - 0.5) * (0.02 + 0.09 * depth)
    mirror_y = street - (canvas.y - street) * 1.5 - np.abs(shift)
    glowing = np.clip(lights, 0, 1.4)
    halo = blur(glowing, canvas.height / 26) * 1.5 + blur(glowing, canvas.height / 110) * 0.8
    ground = canvas.sample(colour + halo + glowing * 0.9, canvas.x + shift * 0.6, mirror_y)
    ground = ground * (0.9 + 0.9 * wet)[..., None] * (1 - 0.35 * depth)[..., None]
    colour = mix(colour, np.clip(ground + palette.near * 0.6, 0, 1), below)
    lights = (lights + halo * 0.75) * (1 - below)[..., None]
    angle = np.where(below > 0, np.pi / 2, (canvas.noise(2, 2) - 0.5) * 0.8).astype(np.float32)
    return Scene(colour, angle, lights.astype(np.float32), 0.009, 0.35 + 0.5 * below - 0.3 * solid)


def _towers(
    canvas: Canvas, idea: Idea, place: tuple[float, float], covered: Field, glow: Field
) -> None:
    """Raise one row of towers: marks ``covered`` and adds windows and signs to ``glow``."""
    street, near = place
    rng, unit = canvas.rng, canvas.height
    cell = max(2, round(unit * (0.008 + 0.011 * near)))
    bottom = round((street + 0.004) * unit)
    tint = idea.palette.accent
    hues = (tint, idea.palette.sky[3], idea.palette.light, hsv(float(rng.random()), 0.75, 1.0))
    column = -int(rng.integers(0, 3 * cell))
    while column < canvas.width:
        width = int(rng.integers(5, 13)) * cell
        middle = abs((column + width / 2) / canvas.width - 0.5) * 2
        reach = 0.60 - 0.30 * near + 0.16 * near * middle
        top = bottom - round(unit * reach * float(rng.uniform(0.45, 1.1)))
        left, right = max(0, column), min(canvas.width, column + width)
        if right > left:
            covered[top:bottom, left:right] = 1
            if rng.random() < 0.35:
                mast = min(canvas.width - 1, max(0, column + width // 2))
                covered[max(0, top - 4 * cell) : top, mast : mast + max(1, cell // 4)] = 1
            _windows(canvas, (top, bottom, left, right), cell, glow, hues)
            if near > 0.3 and rng.random() < 0.75:
                _sign(canvas, (top, bottom, left, right), cell, glow, hues)
        column += width + int(rng.integers(0, 2 + round(2 * cell * (1 + near))))


def _windows(
    canvas: Canvas,
    box: tuple[int, int, int, int],
    cell: int,
    glow: Field,
    hues: tuple[Field, ...],
) -> None:
    top, bottom, left, right = box
    rng = canvas.rng
    rows, columns = (bottom - top) // cell + 1, (right - left) // cell + 1
    share = float(rng.uniform(0.1, 0.42))
    lit = (rng.random((rows, columns)) < share) * rng.uniform(0.15, 0.85, (rows, columns))
    tone = hues[2] * 0.25 + hues[int(rng.choice([0, 1, 1, 2, 2, 3]))] * 0.6
    y = np.arange(bottom - top)[:, None]
    x = np.arange(right - left)[None, :]
    pane = ((y % cell) > cell * 0.35) & ((x % cell) > cell * 0.4)
    shown = lit[y // cell, x // cell] * pane
    glow[top:bottom, left:right] = shown[..., None].astype(np.float32) * tone


def _sign(
    canvas: Canvas,
    box: tuple[int, int, int, int],
    cell: int,
    glow: Field,
    hues: tuple[Field, ...],
) -> None:
    """Hang a lit panel: upright along an edge, or lying below the roof."""
    top, bottom, left, right = box
    rng = canvas.rng
    hue = hues[int(rng.choice([0, 0, 1, 3]))]
    if rng.random() < 0.6:
        tall = int((bottom - top) * rng.uniform(0.25, 0.5))
        start = top + int(rng.integers(cell, max(cell + 1, (bottom - top) // 3)))
        side = left if rng.random() < 0.5 else max(left, right - cell)
        glow[start : start + tall, side : side + cell] = hue * 0.9
        glow[start + cell // 2 : start + tall : cell, side : side + cell] *= 0.25
    else:
        start = top + cell
        glow[start : start + max(1, cell // 2), left + cell : right - cell] = hue * 1.1
