"""A head between light and shadow, in planes of colour."""

import numpy as np

from worker.engines.procedural.canvas import Canvas, Field, clamped, mix, smoothstep
from worker.engines.procedural.idea import Idea
from worker.engines.procedural.scenes.scene import Scene
from worker.engines.procedural.scenes.sky import gradient


def paint_portrait(canvas: Canvas, idea: Idea) -> Scene:
    """Paint a bust: hair that flows, a lit and a shaded half, eyes, nose, mouth."""
    palette, rng = idea.palette, canvas.rng
    ground = canvas.warped(canvas.noise(1.4, 5), 0.4, 1.5)
    colour = gradient(palette.sky, ground * 1.1 - 0.05)
    rays = canvas.texture(ground * 3 + 20, canvas.x * 2 + 20, 3)
    colour = mix(colour, canvas.full(palette.accent), smoothstep(0.62, 0.9, rays) * 0.5)
    angle = ground * 8
    lean = float(rng.uniform(-0.14, 0.14))
    size = float(rng.uniform(0.92, 1.06))
    v = (canvas.y - 0.44) / size
    u = (canvas.x - canvas.aspect / 2 - lean * (0.44 - canvas.y)) / size
    side = float(rng.choice([-1.0, 1.0]))
    wobble = (canvas.noise(3, 4) - 0.5).astype(np.float32)

    hair_shape = np.hypot(u / (0.25 + 0.07 * smoothstep(-0.1, 0.3, v + 0 * u)), (v + 0.02) / 0.36)
    hair_shape = hair_shape + wobble * 0.25
    hair = smoothstep(1.03, 0.97, hair_shape)
    fall = np.arctan2(u + 0.05 * side, 0.5 - v)
    strands = canvas.texture(fall * 9 + hair_shape * 2 + wobble + 30, v * 1.2 + 20, 4)
    canvas.beat()
    hair_tone = gradient(
        (palette.near, mix(palette.near, palette.sky[1], 0.6), palette.accent, palette.light),
        strands * 1.1 - 0.22 * np.clip(1.4 - hair_shape, 0, 1),
    )
    colour = mix(colour, hair_tone, hair)
    angle = np.where(hair > 0.5, np.pi / 2 + fall * 1.6 + 0.5 * wobble, angle)

    shoulder = 0.40 + 0.42 * np.abs(u) ** 2.2 - 0.10 * np.exp(-((u / 0.1) ** 2))
    canvas.beat()
    cloth = smoothstep(-0.004, 0.004, v - shoulder)
    folds = canvas.texture(u * 3 + v * 2 + 20, v * 4 + 20, 4)
    canvas.beat()
    garment = gradient((palette.near, palette.sky[0], palette.sky[1], palette.accent), folds)
    skin_light = mix(palette.light, palette.sky[3], 0.35)
    skin_dark = mix(palette.sky[1], palette.near, 0.3)
    neck = (smoothstep(0.105, 0.095, np.abs(u)) * (v > 0.1)).astype(np.float32)
    colour = mix(
        colour,
        gradient((skin_dark, mix(skin_dark, palette.sky[2], 0.6)), 0.25 + u * side * 4 - v),
        neck,
    )
    colour = mix(colour, garment, cloth)

    jaw = 0.185 - 0.075 * np.clip(v / 0.26, 0, 1) ** 1.8
    face_shape = np.hypot(u / jaw, v / 0.262)
    canvas.beat()
    face = smoothstep(1.015, 0.985, face_shape)
    light = _light(u * side, v, face_shape, wobble)
    tones = (skin_dark, mix(skin_dark, palette.accent, 0.45), palette.sky[2], skin_light)
    skin = gradient(tones, light)
    colour = mix(colour, skin, face)
    angle = np.where(face > 0.5, 1.1 + 1.2 * light, angle).astype(np.float32)
    colour = _features(canvas, colour, (u, v), idea, side)
    fringe = hair * smoothstep(
        0.012, -0.012, v + 0.17 - 0.55 * np.abs(u - 0.07 * side) ** 0.8 + wobble * 0.08
    )
    colour = mix(colour, hair_tone, fringe * face)
    solid = np.maximum(np.maximum(face, cloth), hair * 0.6)
    rim = (
        np.exp(-(((hair_shape - 1) / 0.02) ** 2))
        * smoothstep(0.02, 0.2, u * side)
        * (1 - cloth)
        * 0.22
    )
    lights = rim[..., None] * palette.light
    return Scene(colour, angle, lights.astype(np.float32), 0.006, np.clip(1 - 0.85 * solid, 0.1, 1))


def _light(u: Field, v: Field, face_shape: Field, wobble: Field) -> Field:
    """How much light falls on each place of the face, 0..1, in soft planes; from ``u > 0``."""
    round_ = np.sqrt(np.clip(1.05 - face_shape**2, 0, 1))
    light = 0.30 + 2.3 * u + 0.36 * round_ - 0.35 * v
    light += 0.22 * np.exp(-(((u - 0.085) / 0.05) ** 2 + ((v - 0.05) / 0.05) ** 2))
    nose = np.exp(-(((v - 0.035) / 0.075) ** 2))
    light += 0.30 * nose * np.exp(-(((u - 0.012) / 0.014) ** 2))
    light -= 0.34 * nose * np.exp(-(((u + 0.026) / 0.018) ** 2))
    for eye in (-0.078, 0.078):
        light -= 0.26 * np.exp(-(((u - eye) / 0.05) ** 2 + ((v + 0.035) / 0.03) ** 2))
    light -= 0.16 * np.exp(-((u / 0.05) ** 2 + ((v - 0.185) / 0.018) ** 2))
    light += wobble * 0.3
    planes = np.floor(light * 7) / 7
    return clamped(0.55 * light + 0.45 * planes)


def _features(
    canvas: Canvas, colour: Field, place: tuple[Field, Field], idea: Idea, side: float
) -> Field:
    """Draw eyes, brows, nostrils and lips."""
    palette = idea.palette
    u, v = place
    dark = canvas.full(mix(palette.near, palette.sky[0], 0.25))
    for eye in (-0.078, 0.078):
        du, dv = (u - eye) / 0.044, v + 0.032
        lid = 0.017 * (1 - du**2)
        opened = smoothstep(-0.002, 0.002, lid - np.abs(dv)) * (np.abs(du) < 1)
        canvas.beat()
        colour = mix(colour, canvas.full(mix(palette.light, palette.sky[2], 0.15)), opened * 0.9)
        gaze = np.hypot(u - eye - 0.006 * side, dv)
        colour = mix(colour, canvas.full(palette.accent), opened * smoothstep(0.0175, 0.0155, gaze))
        colour = mix(colour, dark, opened * smoothstep(0.0095, 0.0075, gaze))
        glint = np.hypot(u - eye - 0.006 * side - 0.005, dv + 0.006)
        colour = mix(colour, canvas.full(palette.light), opened * smoothstep(0.005, 0.003, glint))
        canvas.beat()
        lash = np.exp(-(((dv + lid) / 0.0045) ** 2)) * smoothstep(1.15, 0.9, np.abs(du))
        colour = mix(colour, dark, (lash * 0.9).astype(np.float32))
        arch = dv + 0.047 - 0.012 * du * np.sign(eye) + 0.012 * du**2
        brow = np.exp(-((arch / 0.0065) ** 2)) * smoothstep(1.35, 1.0, np.abs(du))
        colour = mix(colour, dark, (brow * 0.8).astype(np.float32))
    for nostril in (-0.017, 0.017):
        hole = np.exp(-(((u - nostril) / 0.008) ** 2 + ((v - 0.092) / 0.005) ** 2))
        colour = mix(colour, dark, (hole * 0.6).astype(np.float32))
    width = 0.058
    bow = 0.006 * np.cos(u / width * np.pi * 2) * (np.abs(u) < width)
    shape = np.clip(1 - (u / width) ** 2, 0, 1)
    upper = smoothstep(-0.002, 0.002, 0.014 * shape + bow * shape - (0.150 - v)) * (v < 0.150)
    lower = smoothstep(-0.002, 0.002, 0.019 * np.sqrt(shape) - (v - 0.150)) * (v >= 0.150)
    lips = mix(palette.accent, palette.sky[2], 0.4)
    inside = (shape > 0).astype(np.float32)
    colour = mix(colour, canvas.full(lips * 0.62), upper * inside)
    colour = mix(colour, canvas.full(lips), lower * inside)
    parting = np.exp(-(((v - 0.150) / 0.0028) ** 2)) * inside
    return mix(colour, dark, (parting * 0.8).astype(np.float32))
