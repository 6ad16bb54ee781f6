"""The profile of a voice and its file.

The file is a plain ``.npy`` of float32, shape (48,), never a pickle. By index:

==== ==========================================================================================
0    version of this layout, 1
1    pitch, the median over voiced frames, Hz
2    spread of the pitch, standard deviation, semitones
3    speaking rate, syllables a second
4    loudness, the median over active frames, dB of full scale
5    spectral tilt, dB an octave
6    bandwidth of the recording, half its sample rate, Hz
7    seconds of voice that were measured
8... the mean spectral envelope of voiced frames: 40 mel bands from 80 to 7600 Hz, dB, mean 0
==== ==========================================================================================
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from worker.engines import profile_file
from worker.engines.procedural.speech.recording import Samples
from worker.engines.procedural.speech.timbre import BANDS

VERSION = 1
_HEADER = 8
_MAX_BYTES = 4096
"""Far above the size of a true one."""


@dataclass(frozen=True)
class Profile:
    """What is known of a voice; see the table above for the units."""

    pitch: float
    spread: float
    rate: float
    loudness: float
    tilt: float
    bandwidth: float
    seconds: float
    envelope: Samples


def save_profile(profile: Profile, path: Path) -> None:
    """Write the layout above."""
    header = [
        VERSION,
        profile.pitch,
        profile.spread,
        profile.rate,
        profile.loudness,
        profile.tilt,
        profile.bandwidth,
        profile.seconds,
    ]
    np.save(path, np.concatenate([header, profile.envelope]).astype(np.float32), allow_pickle=False)


def load_profile(path: Path) -> Profile:
    """Read a profile; one of another origin may hold anything, and is refused."""
    values = profile_file.numbers(path, _MAX_BYTES)
    if values.dtype != np.float32 or values.shape != (_HEADER + BANDS,):
        raise profile_file.of_another_engine()
    if values[0] != VERSION:
        raise profile_file.of_another_version()
    if not np.isfinite(values).all() or not 40 <= values[1] <= 800:
        raise profile_file.unreadable()
    _, pitch, spread, rate, loudness, tilt, bandwidth, seconds = map(float, values[:_HEADER])
    return Profile(pitch, spread, rate, loudness, tilt, bandwidth, seconds, values[_HEADER:])
