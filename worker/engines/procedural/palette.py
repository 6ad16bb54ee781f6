"""Colours: the moods that words call up, and harmonies for words that call up none."""

import colorsys
import re
from dataclasses import dataclass, replace

import numpy as np

from worker.engines.procedural.canvas import Field


def rgb(code: str) -> Field:
    """Read ``rrggbb`` as three floats 0..1."""
    return np.frombuffer(bytes.fromhex(code), dtype=np.uint8).astype(np.float32) / 255


def hsv(hue: float, saturation: float, value: float) -> Field:
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), dtype=np.float32)


def luminance(colour: Field) -> Field:
    """Rec. 709 weights, over the last axis."""
    weights = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    return np.asarray(colour @ weights, dtype=np.float32)


@dataclass(frozen=True)
class Palette:
    """What a scene is painted with."""

    sky: tuple[Field, ...]
    """Four colours from the zenith to the horizon."""
    light: Field
    """The sun, the moon, the brightest thing."""
    far: Field
    """Distant land."""
    near: Field
    """The foreground, darkest."""
    accent: Field
    """Lamps, blossoms, signs."""

    def ramp(self) -> Field:
        """Every colour from dark to light, shape (256, 3)."""
        anchors = sorted(
            [self.near, self.far, self.accent, *self.sky, self.light],
            key=lambda colour: float(luminance(colour)),
        )
        at = np.linspace(0, 1, len(anchors))
        grid = np.linspace(0, 1, 256)
        return np.stack(
            [np.interp(grid, at, [anchor[c] for anchor in anchors]) for c in range(3)], axis=-1
        ).astype(np.float32)

    def tinted(self, colour: Field, amount: float, accent: Field | None = None) -> "Palette":
        """Pull everything toward one colour, keeping each colour's own brightness."""

        def pulled(original: Field, strength: float) -> Field:
            level = float(luminance(original)) / max(0.08, float(luminance(colour)))
            toward = np.clip(colour * level, 0, 1)
            mixed: Field = original + (toward - original) * np.float32(strength)
            return mixed

        return replace(
            self,
            sky=tuple(pulled(stop, amount) for stop in self.sky),
            far=pulled(self.far, amount),
            near=pulled(self.near, amount * 0.7),
            light=pulled(self.light, amount * 0.3),
            accent=self.accent if accent is None else accent,
        )


def _mood(sky: str, light: str, far: str, near: str, accent: str) -> Palette:
    return Palette(tuple(map(rgb, sky.split())), rgb(light), rgb(far), rgb(near), rgb(accent))


MOODS = {
    "sunset": _mood("2a1a4f 7d2c6e e4566a ffb65e", "fff1bd", "b5506c", "190d2b", "ff7b3b"),
    "dawn": _mood("4b6ea6 a2b4d8 f4c6c0 ffe2ad", "fff6da", "9a9cc5", "2a3356", "f0989f"),
    "day": _mood("1b68bf 4f9fe3 9fd3f1 e6f5f4", "fffbe4", "84adc6", "1b4435", "f2bf48"),
    "night": _mood("040819 0c1a3d 1c3766 3c6a96", "f5f2de", "213f6a", "040812", "ffd684"),
    "storm": _mood("1a222e 33404d 617280 a3ada9", "ece8d2", "556470", "10161b", "c7d168"),
    "neon": _mood("0a051e 280c4d 76167e ff4b97", "ffd3f6", "3a1570", "060312", "17e1ff"),
    "autumn": _mood("7ea2b8 c8c5a4 f1c883 f8a445", "fff2cf", "b86e3a", "341710", "d83f1c"),
    "winter": _mood("6c8cb3 a6c1d9 d9e7f1 fcf7ef", "fffdf6", "aec4d9", "2d4359", "e0775c"),
    "woods": _mood("5f9d97 9fc8ac dbe8bd fef7d6", "fffce2", "7bab91", "0b241b", "e9b646"),
    "desert": _mood("3a74ae 8cb4ce f1d6a6 fbc686", "fff5da", "d4976a", "5d2718", "2f8f9d"),
    "fire": _mood("120405 4a0d0a b3270c ff8a1f", "fff3b0", "6e1a0d", "0c0303", "ffd23f"),
    "deep": _mood("c9f5ef 4fc3cf 0f7fa3 06304f", "f2fffb", "12618a", "031a2e", "ff8f6b"),
    "cosmos": _mood("05030f 1a0b3a 4a1c77 c0508f", "fff7e6", "2b4d9c", "020109", "3fd8e0"),
    "blossom": _mood("f6dfe5 f3b6c7 d9739f 8b3a74", "fffaf0", "7aa37c", "1f3a2d", "f7c548"),
}

_NAMED = """
red d8232a crimson b3122d scarlet e5301f orange f58220 amber ffb000 gold e6b422 golden e6b422
yellow f7d21e lime a5d61a green 2f9e44 emerald 0f9d66 teal 12888a turquoise 2ec4b6 cyan 18c9e3
blue 2563d9 azure 3b8eea indigo 3f37a6 navy 14245e violet 7a3fd0 purple 8a2fb8 magenta d81e9b
pink f06fa8 rose e8567f brown 7a4a2b sepia 8a6642 copper b8693a silver b9c2cc grey 828b94
gray 828b94 black 14161c white f2f4f5 beige d9c7a3
"""

COLOURS = {name: rgb(code) for name, code in re.findall(r"(\w+) ([0-9a-f]{6})", _NAMED)}


def harmony(rng: np.random.Generator) -> Palette:
    """Make a palette of neighbouring hues with a complement as the accent."""
    hue = float(rng.random())
    spread = float(rng.choice([-0.14, -0.09, 0.09, 0.14]))
    sky = tuple(
        hsv(hue + spread * i, s, v)
        for i, (s, v) in enumerate([(0.85, 0.28), (0.75, 0.55), (0.6, 0.85), (0.32, 0.98)])
    )
    return Palette(
        sky,
        light=hsv(hue + spread * 4, 0.12, 1.0),
        far=hsv(hue + spread, 0.55, 0.62),
        near=hsv(hue - spread, 0.7, 0.12),
        accent=hsv(hue + 0.5, 0.78, 0.95),
    )
