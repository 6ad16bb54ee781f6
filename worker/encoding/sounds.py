"""Writes sound as WAV, MP3 or Ogg (Opus), block by block; the same sound gives the same bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av

_READ = {"format_whitelist": "wav,mp3,ogg,flac", "protocol_whitelist": "file"}
# Else an Ogg file has a number that is drawn, and an MP3 file the name of its program.
_WRITE = {"fflags": "+bitexact"}


@dataclass(frozen=True)
class Encoder:
    """How one format is written."""

    container: str
    codec: str
    rates: tuple[int, ...] = ()  #: those that the codec knows, rising; any if empty
    bits: int = 0  #: a second, of one channel


_ENCODERS = {
    "audio/wav": Encoder("wav", "pcm_s16le"),
    "audio/mpeg": Encoder(
        "mp3", "libmp3lame", (16_000, 22_050, 24_000, 32_000, 44_100, 48_000), 80_000
    ),
    "audio/ogg": Encoder("ogg", "libopus", (48_000,), 40_000),
}


def write_sound(made: Path, written: Path, content_type: str, beat: Callable[[], None]) -> bool:
    """Write what is in ``made``, mono or stereo; False if it is no sound that can be read."""
    try:
        with av.open(str(made), options=_READ) as source:
            if not source.streams.audio:
                return False
            return _encode(source, written, _ENCODERS[content_type], beat)
    except (av.FFmpegError, ValueError):
        return False


def _encode(
    source: av.container.InputContainer,
    written: Path,
    encoder: Encoder,
    beat: Callable[[], None],
) -> bool:
    heard = source.streams.audio[0]
    channels = min(heard.channels, 2)
    with av.open(str(written), "w", format=encoder.container, options=_WRITE) as target:
        layout = "mono" if channels == 1 else "stereo"
        added = target.add_stream(
            encoder.codec, rate=_rate(heard.rate, encoder.rates), layout=layout
        )
        stream = cast("av.AudioStream", added)
        if encoder.bits:
            stream.bit_rate = encoder.bits * channels
        count = 0
        for frame in source.decode(heard):
            frame.pts = None  # samples follow each other, whatever their clock says
            target.mux(stream.encode(frame))
            count += frame.samples
            beat()
        target.mux(stream.encode(None))
    return count > 0


def _rate(heard: int, rates: tuple[int, ...]) -> int:
    """The same, or the next one up that the codec knows."""
    if not rates:
        return heard
    return next((one for one in rates if one >= heard), rates[-1])
