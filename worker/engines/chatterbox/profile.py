"""The profile of a voice and its file.

The file is a plain ``.npy`` of float32, never a pickle: one row of numbers, in this order.

=========== =======================================================================================
1           version of this layout, 1
1           s, how many tokens the beginning of the recording has, 1..150
1           p, how many tokens the prompt has, 1..250
256         whose voice it is, for the model that chooses the sounds
192         whose voice it is, for the model that makes them heard
s           the beginning of the recording as tokens, 25 to a second
p           up to ten seconds of the recording as tokens: the prompt
160 times p the prompt as a mel spectrogram, two frames to a token, 80 bands to a frame
=========== =======================================================================================

A token is a whole number from 0 to 6560. It is what Chatterbox calls conditionals, without the
emotion, which belongs to what is said.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.engines import profile_file

VERSION = 1
TOKENS = 6561
SPEAKER, EMBEDDING, MELS = 256, 192, 80
MOST_SPEECH, MOST_PROMPT = 150, 250
FRAMES = 2
"""Of the spectrogram, to a token."""
_MAX_BYTES = 400_000
"""Twice the largest true one."""
_LARGEST = 1e4
"""Far above all that a true one holds; what is larger could only make the models overflow."""
_HEADER = 3

Floats = NDArray[np.float32]
Tokens = NDArray[np.int32]


@dataclass(frozen=True)
class Profile:
    """What is known of a voice; see the table above for shapes."""

    speaker: Floats
    speech_tokens: Tokens
    embedding: Floats
    prompt_tokens: Tokens
    prompt_mel: Floats


def save_profile(profile: Profile, path: Path) -> None:
    """Write the layout above."""
    header = [VERSION, profile.speech_tokens.size, profile.prompt_tokens.size]
    parts = (
        header,
        profile.speaker,
        profile.embedding,
        profile.speech_tokens,
        profile.prompt_tokens,
        profile.prompt_mel.reshape(-1),
    )
    np.save(path, np.concatenate(parts).astype(np.float32), allow_pickle=False)


def load_profile(path: Path) -> Profile:
    """Read a profile; one of another origin may hold anything, and is refused."""
    values = profile_file.numbers(path, _MAX_BYTES)
    other = profile_file.of_another_engine()
    if values.dtype != np.float32 or values.ndim != 1 or values.size < _HEADER + SPEAKER:
        raise other
    # Written so that what is no number is refused, too.
    if not (np.abs(values) < _LARGEST).all():
        raise profile_file.unreadable()
    version, speech, prompt = map(float, values[:_HEADER])
    if version != VERSION:
        raise profile_file.of_another_version()
    if speech not in range(1, MOST_SPEECH + 1) or prompt not in range(1, MOST_PROMPT + 1):
        raise other
    s, p = int(speech), int(prompt)
    lengths = (SPEAKER, EMBEDDING, s, p, FRAMES * MELS * p)
    if values.size != _HEADER + sum(lengths):
        raise other
    ends = np.cumsum(lengths)[:-1]
    speaker, embedding, first, second, mel = np.split(values[_HEADER:], ends)
    return Profile(speaker, _tokens(first), embedding, _tokens(second), mel.reshape(-1, MELS))


def _tokens(values: Floats) -> Tokens:
    tokens = values.astype(np.int32)
    if not ((values == tokens) & (tokens >= 0) & (tokens < TOKENS)).all():
        raise profile_file.unreadable()
    return tokens
