"""Measures the colour of a voice, and gives it to another one."""

import numpy as np

from worker.engines.procedural.speech.frames import SIZE
from worker.engines.procedural.speech.recording import RATE, Samples

BANDS = 40
_LOWEST, _HIGHEST = 80.0, 7600.0
_MOST_DB = 10.0
"""No band is raised or lowered by more: beyond it speech gets hard to understand."""
_SMOOTHING = np.hanning(9)[1:-1] / np.hanning(9)[1:-1].sum()
"""Follows what colours a voice and not each formant of what happened to be said."""
_TAPS = 511
_BLOCK = 1 << 15
"""Samples that are filtered at once: memory does not grow with a sentence."""


def _mel(hertz: Samples | float) -> Samples:
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700), dtype=np.float32)


_EDGES = np.asarray(
    700 * (10 ** (np.linspace(_mel(_LOWEST), _mel(_HIGHEST), BANDS + 2) / 2595) - 1),
    dtype=np.float32,
)
CENTRES = _EDGES[1:-1]
"""Hz, the middle of each mel band."""


def _filterbank() -> Samples:
    """Triangles over the bins of a frame's spectrum, shape (BANDS, SIZE // 2 + 1)."""
    bins = np.arange(SIZE // 2 + 1) * (RATE / SIZE)
    low, middle, high = _EDGES[:-2, None], _EDGES[1:-1, None], _EDGES[2:, None]
    rise, fall = (bins - low) / (middle - low), (high - bins) / (high - middle)
    bank = np.maximum(0, np.minimum(rise, fall))
    # the lowest bands are narrower than a bin
    nearest = np.argmin(np.abs(bins - CENTRES[:, None]), axis=1)
    bank[np.arange(BANDS), nearest] += 1e-3
    normal: Samples = (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal


_BANK = _filterbank()
_WINDOW = np.hanning(SIZE).astype(np.float32)


def envelope(frames: Samples) -> Samples:
    """Measure the mel bands of each frame (n, SIZE), dB, shape (n, BANDS)."""
    power = np.abs(np.fft.rfft(frames * _WINDOW)) ** 2
    bands: Samples = 10 * np.log10(power.astype(np.float32) @ _BANK.T + 1e-7)
    return bands


def tilt(bands: Samples) -> float:
    """How fast a mean envelope falls, dB to an octave."""
    return float(np.polyfit(np.log2(CENTRES), bands, 1)[0])


def correction(wanted: Samples, present: Samples, bandwidth: float) -> Samples:
    """How much to raise each band, dB, to bring a voice from one envelope to another.

    Above ``bandwidth`` (Hz) the recording says nothing, and nothing is changed.
    """
    known = bandwidth * 0.9 > CENTRES
    gain = wanted - present
    gain = gain - gain[known].mean() if known.any() else np.zeros_like(gain)
    smooth = np.convolve(np.pad(gain, 3, mode="edge"), _SMOOTHING, mode="valid")
    limited = np.clip(0.85 * smooth, -_MOST_DB, _MOST_DB)
    return np.where(known, limited, 0).astype(np.float32)


def coloured(samples: Samples, rate: int, gain_db: Samples) -> Samples:
    """Apply the gain of each band by a linear-phase filter; the length stays."""
    grid = np.fft.rfftfreq(_TAPS + 1, 1 / rate)
    response = 10 ** (np.interp(grid, CENTRES, gain_db) / 20)
    response *= np.clip(grid / 60, 0, 1)  # no voice is so deep, and a speaker's cone rests at zero
    impulse = np.roll(np.fft.irfft(response), _TAPS // 2)[:_TAPS] * np.hanning(_TAPS)
    spectrum = np.fft.rfft(impulse, _BLOCK)
    padded = np.pad(samples - samples.mean(dtype=np.float64), _TAPS // 2)
    filtered = np.empty(samples.size, dtype=np.float32)
    new = _BLOCK - _TAPS + 1
    for start in range(0, samples.size, new):
        block = np.fft.irfft(np.fft.rfft(padded[start : start + _BLOCK], _BLOCK) * spectrum, _BLOCK)
        filtered[start : start + new] = block[_TAPS - 1 :][: samples.size - start]
    return filtered
