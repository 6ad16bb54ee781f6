"""Cuts sound into overlapping frames."""

from collections.abc import Iterator

import numpy as np

from worker.engines.procedural.speech.recording import RATE, Samples

SIZE = 1024
"""Samples to a frame: 64 ms, two periods of the deepest voice."""
HOP = RATE // 50
"""20 ms."""
_BATCH = 512


def batches(samples: Samples) -> Iterator[Samples]:
    """Yield frames (n, SIZE) of sound at ``RATE``, a bounded number at a time."""
    if samples.size < SIZE:
        samples = np.pad(samples, (0, SIZE - samples.size))
    windows = np.lib.stride_tricks.sliding_window_view(samples, SIZE)[::HOP]
    for start in range(0, len(windows), _BATCH):
        yield windows[start : start + _BATCH]


def levels(frames: Samples) -> Samples:
    """Measure the loudness of each frame, dB of full scale."""
    power = np.mean(np.square(frames, dtype=np.float32), axis=-1)
    loudness: Samples = (10 * np.log10(power + 1e-10)).astype(np.float32)
    return loudness
