"""Writes speech as WAV, 16 bit, mono."""

import math
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from worker.engines.procedural.speech.recording import Samples

_LOUDNESS = 10 ** (-20 / 20)
"""Root mean square of the speech, of full scale."""
_CEILING = 10 ** (-1 / 20)


def write_wav(path: Path, pieces: Sequence[Samples], rate: int) -> None:
    """Write pieces of speech one after the other, at one loudness, with no peak cut off."""
    squares, count, peak = 0.0, 0, 1e-6
    for piece in pieces:
        sounding = piece[np.abs(piece) > 0.005]
        squares += float(np.square(sounding, dtype=np.float64).sum())
        count += sounding.size
        peak = max(peak, float(np.abs(piece).max(initial=0)))
    loudness = math.sqrt(squares / count) if count else 1.0
    gain = min(_LOUDNESS / loudness, _CEILING / peak)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for piece in pieces:
            file.writeframes(np.round(piece * (gain * 32767)).astype("<i2").tobytes())
