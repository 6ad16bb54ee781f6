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

from worker.engines.interface import EngineError
from worker.engines.procedural.speech.recording import Samples
from worker.engines.procedural.speech.timbre import BANDS

VERSION = 1
_HEADER = 8
_MAX_BYTES = 4096
"""Far above the size of a true one; a file that claims more is not even opened."""
_OF_ANOTHER = "The profile of this voice is of another engine. Clone the voice again."


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
    refusal = EngineError("The profile of this voice cannot be read. Clone the voice again.")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise EngineError(_OF_ANOTHER)
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError):
        raise refusal from None
    if values.dtype != np.float32 or values.shape != (_HEADER + BANDS,):
        raise EngineError(_OF_ANOTHER)
    if values[0] != VERSION:
        raise EngineError("The profile of this voice is of another version. Clone the voice again.")
    if not np.isfinite(values).all() or not 40 <= values[1] <= 800:
        raise refusal
    _, pitch, spread, rate, loudness, tilt, bandwidth, seconds = map(float, values[:_HEADER])
    return Profile(pitch, spread, rate, loudness, tilt, bandwidth, seconds, values[_HEADER:])
