"""Writes speech of any length into one WAV file, sentence by sentence: 16 bit, mono.

An engine says one sentence at a time; at most one is in memory.
"""

import math
import tempfile
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from worker.engines.interface import EngineError, Preview, Step
from worker.engines.sentences import Sentence

Samples = NDArray[np.float32]
"""Mono, -1..1."""

Say = Callable[[str, Step], tuple[Samples, int]]
"""Says a sentence, given where to tell how far it is (0..1): samples and their rate."""

MAX_SECONDS = 5 * 3600
TOO_LONG = "This text makes more than five hours of speech. Send it in parts."

_LOUDNESS = 10 ** (-20 / 20)
"""Root mean square of the speech, of full scale."""
_CEILING = 10 ** (-1 / 20)
_SOUNDING, _SILENT = 10 ** (-40 / 20), 10 ** (-50 / 20)
"""Of the loudest sample of a sentence: what counts for its loudness, and what is cut off."""
_BEFORE, _AFTER, _FADE = 0.03, 0.06, 0.005
"""Seconds: what stays of the silence around a sentence, and how long it takes to rise and fall."""
_SPEAKING = 0.97
"""The share of the work; the rest is to write the file."""


@dataclass(frozen=True)
class Spoken:
    """What was written."""

    seconds: float
    rate: int
    peak: float
    """The loudest sample, as the engine said it; 0 if nothing is to be heard."""


def narrate(
    text: Sequence[Sentence], say: Say, path: Path, step: Step, pace: float = 1.0
) -> Spoken:
    """Say sentences one after the other, with pauses, at one loudness, with no peak cut off.

    Raises ``EngineError`` for what would be longer than MAX_SECONDS.
    """
    total, done = sum(len(one.text) for one in text), 0
    with tempfile.TemporaryFile(dir=path.parent) as kept:
        tape = _Tape(kept)
        pause = 0.0
        for one in text:
            share = _part(step, _SPEAKING * done / total, _SPEAKING * len(one.text) / total)
            samples, rate = say(one.text, share)
            if tape.add(samples, rate, pause):
                pause = one.pause / pace
            done += len(one.text)
            step(_SPEAKING * done / total)
        return tape.write(path, _part(step, _SPEAKING, 1 - _SPEAKING))


def _part(step: Step, start: float, width: float) -> Step:
    def tell(fraction: float, _preview: Preview = None, /) -> None:
        step(start + width * fraction)

    return tell


@dataclass
class _Tape:
    """Sentences on disk, each in 16 bits of its own scale, until all are known."""

    file: IO[bytes]
    pieces: list[tuple[int, float]] = field(default_factory=list)
    """Samples of each, and what they are to be multiplied with; silence has 0."""
    rate: int = 0
    count: int = 0
    squares: float = 0.0
    sounding: int = 0
    peak: float = 0.0

    def add(self, samples: Samples, rate: int, pause: float) -> bool:
        """Append a sentence; False if nothing is to be heard of it."""
        self.rate = self.rate or rate
        samples = _trimmed(np.nan_to_num(np.asarray(samples, np.float32)), rate)
        if not samples.size:
            return False
        self._keep(round(pause * rate), 0.0)
        loudest = float(np.abs(samples).max())
        self.peak = max(self.peak, loudest)
        loud = samples[np.abs(samples) > _SOUNDING * loudest]
        self.squares += float(np.square(loud, dtype=np.float64).sum())
        self.sounding += loud.size
        self._keep(samples.size, loudest / 32767)
        self.file.write(np.round(samples * (32767 / loudest)).astype("<i2").tobytes())
        return True

    def _keep(self, count: int, scale: float) -> None:
        self.pieces.append((count, scale))
        self.count += count
        if self.count > MAX_SECONDS * self.rate:
            raise EngineError(TOO_LONG)

    def write(self, path: Path, step: Step) -> Spoken:
        loudness = math.sqrt(self.squares / self.sounding) if self.sounding else 1.0
        gain = 32767 * min(_LOUDNESS / loudness, _CEILING / max(self.peak, 1e-6))
        self.file.seek(0)
        with wave.open(str(path), "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(self.rate or 1)
            for index, (count, scale) in enumerate(self.pieces):
                if scale:
                    samples = np.frombuffer(self.file.read(2 * count), "<i2")
                    scaled = np.round(samples * np.float32(gain * scale))
                    written.writeframesraw(scaled.astype("<i2").tobytes())
                else:
                    written.writeframesraw(bytes(2 * count))
                step((index + 1) / len(self.pieces))
        return Spoken(self.count / (self.rate or 1), self.rate, self.peak)


def _trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence around it, rising from zero and falling to it: no click is heard."""
    heard = np.flatnonzero(np.abs(samples) > _SILENT * np.abs(samples).max(initial=0))
    if not heard.size:
        return samples[:0]
    first = max(0, int(heard[0]) - round(_BEFORE * rate))
    last = min(samples.size, int(heard[-1]) + round(_AFTER * rate))
    kept = samples[first:last].copy()
    fade = np.linspace(0, 1, min(round(_FADE * rate), kept.size // 2), dtype=np.float32)
    kept[: fade.size] *= fade
    kept[kept.size - fade.size :] *= fade[::-1]
    return kept
