"""The last touches: lights and their glow, contrast, an unwanted colour, the vignette."""

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from worker.engines.procedural.canvas import Canvas, Field, blur
from worker.engines.procedural.palette import luminance


def lit(colour: Field, lights: Field) -> Field:
    """Add lights with a soft glow; what gets brighter than white rolls off."""
    if not lights.any():
        return colour
    height = colour.shape[0]
    glow = blur(lights, height / 90) * 0.6 + blur(lights, height / 30) * 0.35
    total = colour + lights + glow
    knee = 0.82
    over = np.maximum(total - knee, 0)
    rolled: Field = np.minimum(total, knee) + over / (1 + over / (1 - knee))
    return rolled


def graded(colour: Field, guidance: float, avoided: Field | None) -> Field:
    """Set contrast and saturation by ``guidance`` (7 is neutral) and mute the avoided colour."""
    strength = float(np.interp(guidance, [0, 7, 15, 30], [0.55, 1.0, 1.22, 1.45]))
    level = luminance(colour)[..., None]
    graded_: Field = level + (colour - level) * (0.35 + 0.65 * strength)
    graded_ = 0.46 + (graded_ - 0.46) * (0.6 + 0.4 * strength)
    if avoided is not None:
        hue = avoided - avoided.mean()
        hue /= float(np.linalg.norm(hue)) + 1e-6
        chroma = graded_ - graded_.mean(axis=-1, keepdims=True)
        along = np.maximum(chroma @ hue, 0)[..., None]
        graded_ = graded_ - along * hue * 0.85
    return graded_.astype(np.float32, copy=False)


def to_bytes(canvas: Canvas, colour: Field, without: AbstractSet[str]) -> NDArray[np.uint8]:
    """Vignette, a trace of grain against banding, and 8 bits. Shape (H, W, 3)."""
    if "vignette" not in without:
        across = canvas.x / canvas.aspect - 0.5
        colour = colour * (1.03 - 0.42 * (across**2 + (canvas.y - 0.5) ** 2))[..., None]
    grain = canvas.rng.random((canvas.height, canvas.width, 1), dtype=np.float32)
    amount = 1.0 if "grain" in without else 3.0
    levels = colour * 255 + grain * amount + (0.5 - amount / 2)
    return np.clip(levels, 0, 255).astype(np.uint8)
