"""Measures a voice."""

import numpy as np

from worker.engines.interface import EngineError
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech.frames import HOP, batches, levels
from worker.engines.procedural.speech.pitch import pitches
from worker.engines.procedural.speech.profile import Profile
from worker.engines.procedural.speech.recording import RATE, Samples
from worker.engines.procedural.speech.timbre import envelope, tilt

SHORTEST_SECONDS = 1.0
_SILENCE_DB = -55.0
_BELOW_PEAK_DB = 35.0
"""Frames so much below the loudest ones are pauses."""
_FRAME_SECONDS = HOP / RATE
_ADVICE = "Record at least a few seconds of clear speech in a quiet room."


def measure(samples: Samples, source_rate: int, progress: Progress) -> Profile:
    """Measure the voice in sound at ``RATE`` that was recorded at ``source_rate``.

    Raises ``EngineError`` when there is no voice to measure, or less than a second of it.
    """
    if samples.size < SHORTEST_SECONDS * RATE * 0.98:
        raise EngineError(
            f"The recording is too short ({samples.size / RATE:.1f} seconds). {_ADVICE}"
        )
    loudness, pitch, bands = _tracks(samples, progress)
    loud = float(np.percentile(loudness, 95))
    if loud < _SILENCE_DB:
        raise EngineError(f"The recording is silent. {_ADVICE}")
    active = loudness > max(_SILENCE_DB - 10, loud - _BELOW_PEAK_DB)
    voiced = active & (pitch > 0)
    if active.sum() * _FRAME_SECONDS < SHORTEST_SECONDS * 0.85:
        raise EngineError(f"There is less than a second of speech in the recording. {_ADVICE}")
    if voiced.sum() * _FRAME_SECONDS < 0.3:
        raise EngineError(f"No voice could be heard in the recording. {_ADVICE}")
    median = float(np.median(pitch[voiced]))
    semitones = 12 * np.log2(pitch[voiced] / median)
    near = semitones[np.abs(semitones) < 9]  # further away are octave errors
    mean_bands = bands[voiced].mean(axis=0)
    return Profile(
        pitch=median,
        spread=float(near.std()),
        rate=float(_syllables(loudness, active) / (active.sum() * _FRAME_SECONDS)),
        loudness=float(np.median(loudness[active])),
        tilt=tilt(mean_bands),
        bandwidth=min(source_rate, RATE) / 2,
        seconds=float(active.sum() * _FRAME_SECONDS),
        envelope=(mean_bands - mean_bands.mean()).astype(np.float32),
    )


def _tracks(samples: Samples, progress: Progress) -> tuple[Samples, Samples, Samples]:
    """Measure loudness (n,), pitch (n,) and envelope (n, BANDS) of each frame."""
    loudness, pitch, bands = [], [], []
    done = 0
    for frames in batches(samples):
        loudness.append(levels(frames))
        pitch.append(pitches(frames))
        bands.append(envelope(frames))
        done += len(frames)
        progress.at(done * HOP / samples.size)
    return np.concatenate(loudness), np.concatenate(pitch), np.concatenate(bands)


def _syllables(loudness: Samples, active: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    """Count the peaks of loudness that stand 2 dB above the dips around them."""
    smooth = np.convolve(np.where(active, loudness, _SILENCE_DB), np.ones(5) / 5, mode="same")
    count, low, high, rising = 0, smooth[0], smooth[0], True
    for level in smooth:
        if rising:
            high = max(high, level)
            if level < high - 2:
                count, rising, low = count + 1, False, level
        else:
            low = min(low, level)
            if level > low + 2:
                rising, high = True, level
    return max(1, count)
