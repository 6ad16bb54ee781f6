"""Reads a prompt: which scene, which mood, which colours, what to leave out."""

import re
from dataclasses import dataclass

import numpy as np

from worker.engines.procedural.canvas import Field
from worker.engines.procedural.palette import COLOURS, MOODS, Palette, harmony, hsv
from worker.engines.procedural.seeding import generator

_SCENES = {
    "city": "city cities skyline street downtown skyscraper skyscrapers building buildings tokyo "
    "york cyberpunk town alley metropolis urban 🌃 🏙 🌆",
    "portrait": "portrait face woman man girl boy person queen king warrior lady head self "
    "monk dancer astronaut robot android 👩 👨 🧑 🤖",
    "cosmos": "space galaxy nebula planet cosmos universe orbit saturn asteroid stars supernova "
    "cosmic spaceship 🌌 🪐 🚀",
    "bloom": "flower flowers blossom bouquet rose roses tulip tulips lotus garden petals floral "
    "dahlia sunflower 🌸 🌹 🌻 🌺",
    "abstract": "abstract marble fluid pattern texture smoke silk liquid swirl fractal ink",
    "sea": "sea ocean beach wave waves coast lake water river island harbor harbour bay lagoon "
    "ship boat sailing 🌊 🏖 ⛵",
    "forest": "forest woods tree trees jungle pine pines woodland grove rainforest 🌲 🌳 🌴",
    "dunes": "desert dune dunes sahara sand 🏜",
    "mountains": "mountain mountains alps peak peaks hill hills valley canyon cliff volcano "
    "landscape horizon field fields meadow castle sky clouds ⛰ 🏔 🗻",
}
_MOODS = {
    "neon": "neon cyberpunk synthwave vaporwave glowing laser",
    "sunset": "sunset dusk evening twilight sundown 🌅 🌇",
    "dawn": "dawn sunrise morning pastel soft",
    "night": "night midnight moon moonlight moonlit dark starry lantern 🌙 🌃",
    "storm": "storm stormy rain rainy thunder lightning moody gloomy ⛈ 🌧",
    "winter": "winter snow snowy ice frozen arctic frost ❄ 🏔",
    "autumn": "autumn fall october maple 🍂 🍁",
    "fire": "fire lava volcano flame flames hell burning dragon 🔥 🌋",
    "day": "day noon sunny bright summer clear",
}
_MOOD_OF_SCENE = {
    "city": "night",
    "cosmos": "cosmos",
    "bloom": "blossom",
    "sea": "day",
    "forest": "woods",
    "dunes": "desert",
    "mountains": "dawn",
}
_PARTS = {
    "clouds": "cloud clouds",
    "stars": "star stars",
    "sun": "sun moon sunlight",
    "fog": "fog mist haze foggy misty",
    "strokes": "painting painterly brush strokes blur blurry",
    "vignette": "vignette dark frame border",
    "grain": "noise grain grainy",
}
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Idea:
    """A prompt, understood."""

    scene: str
    mood: str
    palette: Palette
    without: frozenset[str]
    """Parts of a picture that the negative prompt asks to leave out."""
    avoided: Field | None
    """A colour to keep away from."""
    rng: np.random.Generator


def read_prompt(prompt: str, negative_prompt: str, seed: int) -> Idea:
    """Understand a prompt; the words it does not know still steer colours and shapes."""
    words = _words(prompt)
    unwanted = _words(negative_prompt)
    normal = " ".join(words)
    rng = generator(normal, seed)
    wanted = [word for word in words if word not in unwanted]
    scene = _first(_SCENES, wanted) or "abstract"
    mood = _first(_MOODS, wanted) or _MOOD_OF_SCENE.get(scene, "")
    if scene == "forest" and mood in {"day", "dawn"}:
        mood = "woods"  # a forest stays green in the morning
    palette = MOODS[mood] if mood else _palette(generator(normal, seed, "palette"))
    for named in [COLOURS[word] for word in wanted if word in COLOURS][:2]:
        palette = palette.tinted(named, 0.55, accent=named)
    drift = hsv(float(rng.random()), 0.6, 0.8)
    return Idea(
        scene=scene,
        mood=mood,
        palette=palette.tinted(drift, 0.07) if mood and palette is MOODS[mood] else palette,
        without=frozenset(
            part for part, names in _PARTS.items() if set(unwanted) & set(names.split())
        ),
        avoided=_avoided(unwanted),
        rng=rng,
    )


def _palette(rng: np.random.Generator) -> Palette:
    if rng.random() < 0.45:
        return harmony(rng)
    return MOODS[str(rng.choice(["sunset", "neon", "deep", "autumn", "blossom", "cosmos", "fire"]))]


def _avoided(unwanted: list[str]) -> Field | None:
    if not unwanted:
        return None
    named = [COLOURS[word] for word in unwanted if word in COLOURS]
    if named:
        return named[0]
    return hsv(float(generator(" ".join(unwanted)).random()), 0.8, 0.8)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\N{VARIATION SELECTOR-16}", ""))


def _first(vocabulary: dict[str, str], words: list[str]) -> str | None:
    """Find the entry with most words in the prompt; the earlier entry on a tie."""
    scores = {
        name: sum(word in names.split() for word in words) for name, names in vocabulary.items()
    }
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else None
