"""Reads the recording that a voice is learned from, and refuses what holds no voice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from worker.engines.interface import EngineError
from worker.engines.recording import Samples, read_recording

SHORTEST_SECONDS = 1.0
_FRAME_SECONDS = 0.02
_SILENCE = 10 ** (-55 / 20)
_BELOW_PEAK = 10 ** (-35 / 20)
"""Frames so much below the loudest ones are pauses."""
_ADVICE = "Record at least a few seconds of clear speech in a quiet room."


def heard_from(path: Path, rate: int, at: Callable[[float], None]) -> Samples:
    """Decode a recording at ``rate``, without the silence before and after it.

    Raises ``EngineError`` when less than a second of it is sound.
    """
    samples, _ = read_recording(path, rate, at)
    if samples.size < SHORTEST_SECONDS * 0.98 * rate:
        seconds = samples.size / rate
        raise EngineError(f"The recording is too short ({seconds:.1f} seconds). {_ADVICE}")
    size = round(_FRAME_SECONDS * rate)
    frames = samples[: samples.size // size * size].reshape(-1, size)
    levels = np.sqrt(np.mean(np.square(frames, dtype=np.float32), axis=1))
    loud = float(np.percentile(levels, 95))
    if loud < _SILENCE:
        raise EngineError(f"The recording is silent. {_ADVICE}")
    heard = np.flatnonzero(levels > max(_SILENCE, loud * _BELOW_PEAK))
    if heard.size * _FRAME_SECONDS < SHORTEST_SECONDS * 0.85:
        raise EngineError(f"There is less than a second of speech in the recording. {_ADVICE}")
    return samples[int(heard[0]) * size : (int(heard[-1]) + 1) * size]
