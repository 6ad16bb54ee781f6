"""Decodes a recording that a user handed in."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from worker.engines.interface import EngineError

Samples = NDArray[np.float32]
"""Mono, -1..1."""

MAX_SECONDS = 180
"""Three minutes tell all there is to know of a voice; what comes later is not even decoded."""

_OPTIONS = {
    # a playlist could otherwise name any file or address for the decoder to open
    "format_whitelist": "wav,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac",
    "protocol_whitelist": "file",
}
_USE = "Use a recording as WAV, MP3, OGG, FLAC, M4A or WebM."


def read_recording(path: Path, rate: int, at: Callable[[float], None]) -> tuple[Samples, int]:
    """Decode up to ``MAX_SECONDS`` to ``rate``. Returns the samples and the rate they came in.

    ``at`` is told how far it is; what it raises ends it. A recording that ends early or breaks off
    gives what could be decoded of it.
    """
    try:
        container = av.open(str(path), options=_OPTIONS)
    except (av.FFmpegError, ValueError):
        raise EngineError(f"The recording is not audio that can be read. {_USE}") from None
    with container:
        if not container.streams.audio:
            raise EngineError(f"The file holds no sound. {_USE}")
        stream = container.streams.audio[0]
        samples = _decoded(container, stream, rate, at)
        if not samples.size:
            raise EngineError(f"The recording is damaged: no sound could be read from it. {_USE}")
        return np.nan_to_num(samples), int(stream.rate or rate)


def _decoded(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    rate: int,
    at: Callable[[float], None],
) -> Samples:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    chunks: list[Samples] = []
    wanted, count = MAX_SECONDS * rate, 0
    try:
        for frame in container.decode(stream):
            frame.pts = None  # gaps and broken clocks are of no interest
            for piece in resampler.resample(frame):
                chunks.append(piece.to_ndarray()[0].astype(np.float32))
                count += chunks[-1].size
            at(count / wanted)
            if count >= wanted:
                break
    except (av.FFmpegError, ValueError):
        # broken off or changed in the middle: what came before may do
        if not chunks:
            return np.zeros(0, dtype=np.float32)
    return np.concatenate(chunks)[:wanted] if chunks else np.zeros(0, dtype=np.float32)
