"""Measures pitch by McLeod's normalised square difference.

P. McLeod, G. Wyvill, "A smarter way to find pitch", ICMC 2005.
"""

import numpy as np

from worker.engines.procedural.speech.frames import SIZE
from worker.engines.procedural.speech.recording import RATE, Samples

LOWEST, HIGHEST = 55.0, 600.0
"""Hz. Every speaking voice lies between."""
CLARITY = 0.65
"""A frame is voiced when it repeats itself at least so well (1 is exactly)."""
_LOW_PASS = 1 / (1 + (np.fft.rfftfreq(SIZE, 1 / RATE) / 900) ** 4)
"""Breath and hiss lie above, and repeat nothing."""
_KEY = 0.88
"""The first peak so near to the highest one is the period, later ones are its multiples."""


def pitches(frames: Samples) -> Samples:
    """Measure the pitch of each frame (n, SIZE), Hz; 0 where it is not voiced."""
    centred = frames - frames.mean(axis=-1, keepdims=True)
    low = np.fft.irfft(np.fft.rfft(centred) * _LOW_PASS)
    spectrum = np.fft.rfft(low, 2 * SIZE)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, : SIZE // 2]
    squares = np.cumsum(low**2, axis=-1)
    total = squares[:, -1:]
    lags = np.arange(SIZE // 2)
    head = squares[:, SIZE - 1 - lags]
    tail = total - np.where(lags > 0, squares[:, np.maximum(lags - 1, 0)], 0)
    similarity = 2 * correlation / (head + tail + 1e-9)

    first, last = int(RATE / HIGHEST), int(RATE / LOWEST)
    inner = similarity[:, first : last + 1]
    before, after = similarity[:, first - 1 : last], similarity[:, first + 1 : last + 2]
    heights = np.where((inner >= before) & (inner > after), inner, 0)
    best = heights.max(axis=-1)
    found = np.argmax(heights >= np.maximum(best, 1e-9)[:, None] * _KEY, axis=-1)
    row = np.arange(len(frames))
    left, middle, right = before[row, found], inner[row, found], after[row, found]
    curve = left - 2 * middle + right
    shift = np.where(np.abs(curve) > 1e-9, 0.5 * (left - right) / np.minimum(curve, -1e-9), 0)
    hertz = RATE / (first + found + np.clip(shift, -0.5, 0.5))
    voiced: Samples = np.where(best > CLARITY, hertz, 0).astype(np.float32)
    return voiced
