"""Sound that a user hands in, looked at before anything is spent on it. Pure.

Only what the bytes show without a decoder: WAV can be told in full; of MP3, Ogg, FLAC and MP4 only
that they are such files, the rest is the worker's business.
"""

import struct
import sys
from array import array
from dataclasses import dataclass

from firepod.domain.errors import InvalidArgument
from firepod.kinds import formats, media_kinds
from firepod.protocol.facts import Facts, seconds

MIN_SECONDS = 1.0
SILENCE = 0.003  # of full scale, -50 dB: below it no microphone has heard a voice
KINDS = "WAV, MP3, Ogg, FLAC or M4A"

MAX_CHUNKS = 1_000  # of a WAV file; programs write a dozen
MAX_HANDLERS = 100  # of an MP4 file, which has one for each track

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_LOOK_AT_BYTES = 1 << 18  # at a time, for a peak
_UNKNOWN_SIZES = {0, 0xFFFFFFFF}  # what a program writes that does not know the length yet


class NotWav(Exception):
    """The bytes are no WAV file that can be played; the message says why, as a predicate."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A WAV file; `declared_bytes` is what its header says that it holds of `samples`."""

    format: int
    channels: int
    rate: int
    bits: int
    samples: memoryview
    declared_bytes: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / (self.rate * self.channels * self.bits // 8)

    @property
    def cut_off(self) -> bool:
        return len(self.samples) < self.declared_bytes

    @property
    def silent(self) -> bool:
        """Whether no sample is louder than SILENCE; never of encodings that are not looked into."""
        # The first loud part decides, so that only silence is looked at in full.
        data, step = self.samples, _LOOK_AT_BYTES * 3  # whole samples of every size
        return all(self._peak(data[at : at + step]) < SILENCE for at in range(0, len(data), step))

    def _peak(self, data: memoryview) -> float:
        """The loudest sample of some, 0..1."""
        if self.format == _FLOAT and self.bits == 32:
            return _peak("f", data[: len(data) // 4 * 4], 1.0)
        if self.format != _PCM:
            return 1.0
        match self.bits:
            case 8:  # unsigned, silence is 128
                return max(max(data, default=128) - 128, 128 - min(data, default=128)) / 128
            case 16:
                return _peak("h", data[: len(data) // 2 * 2], 2**15)
            case 24:
                # The upper byte alone: whoever speaks is far above its one percent.
                return _peak("b", memoryview(bytes(data[2::3])), 2**7)
            case 32:
                return _peak("i", data[: len(data) // 4 * 4], 2**31)
        return 1.0


def check(data: bytes, field: str = "audio") -> str:
    """The content type of a recording that a voice can be made of.

    Raises:
        InvalidArgument: it is none; says what to do.
    """
    content_type = kind(data)
    if content_type is None:
        raise InvalidArgument.of(field, f"is not a sound file; send {KINDS}")
    if content_type != "audio/wav":
        return content_type
    wav = _wav(data, field)
    if wav.cut_off:
        raise InvalidArgument.of(field, "is cut off; send the whole file")
    if wav.seconds < MIN_SECONDS:
        raise InvalidArgument.of(
            field, f"is {wav.seconds:.1f} s long; send at least a few seconds of speech"
        )
    if wav.silent:
        raise InvalidArgument.of(field, "is silent; check the microphone and record again")
    return content_type


def check_speech(data: bytes, field: str = "audio_base64") -> str:
    """The content type of sound that can be kept as it is; a WAV file must have sound in it.

    Raises:
        InvalidArgument: it is none; says what to do.
    """
    content_type = media_kinds.sniff(data[: media_kinds.SNIFF_BYTES])
    if content_type in {one.content_type for one in formats.SOUNDS[1:]}:
        return str(content_type)
    wav = _wav(data, field)
    if wav.cut_off:
        raise InvalidArgument.of(field, "is cut off; send the whole file")
    if not wav.samples:
        raise InvalidArgument.of(field, "holds no sound")
    return "audio/wav"


def read_wav(data: bytes) -> Wav:
    """The parts of a WAV file (RIFF; https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE).

    Raises:
        NotWav: there is no sound in it that could be played.
    """
    view = memoryview(data)
    if data[:4] not in {b"RIFF", b"RF64"} or data[8:12] != b"WAVE":
        raise NotWav("is not a WAV file")
    shape, at = None, 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            break
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"fmt ":
            shape = _shape(data[at : at + size])
        if name == b"data":
            if shape is None:
                break
            declared = len(data) - at if size in _UNKNOWN_SIZES else size
            return Wav(*shape, view[at : at + declared], declared)
        at += size + size % 2
    raise NotWav("is a WAV file without sound in it")


def _shape(chunk: bytes) -> tuple[int, int, int, int]:
    if len(chunk) < 16:
        raise NotWav("is a WAV file with a broken header")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack_from("<H", chunk, 24)[0]
    if not 1 <= channels <= 32 or not 1_000 <= rate <= 768_000 or bits not in {8, 16, 24, 32, 64}:
        raise NotWav("is a WAV file with a broken header")
    return kind, channels, rate, bits


def _wav(data: bytes, field: str) -> Wav:
    try:
        return read_wav(data)
    except NotWav as error:
        raise InvalidArgument.of(
            field, f"{error}; send a file with speech: WAV, MP3 or Ogg"
        ) from None


def facts(content_type: str, data: bytes) -> Facts:
    """What can be told of sound without a decoder: how long a WAV is."""
    if content_type != "audio/wav":
        return Facts()
    try:
        return Facts(duration_seconds=seconds(read_wav(data).seconds))
    except NotWav:
        return Facts()


def kind(data: bytes) -> str | None:
    """The content type of a sound file, None if it is none of ours."""
    content_type = media_kinds.sniff(data[: media_kinds.SNIFF_BYTES])
    if content_type == "video/mp4":
        # Phones and browsers write sound into MP4 files that do not call themselves M4A.
        return "audio/mp4" if _handlers(data) == {b"soun"} else None
    return content_type if (content_type or "").startswith("audio/") else None


def _handlers(data: bytes) -> set[bytes]:
    """What the tracks of an MP4 file are: `soun`, `vide` (ISO/IEC 14496-12, `hdlr`).

    Nothing at all of a file with more of them than files have.
    """
    found: set[bytes] = set()
    at = 0
    for _ in range(MAX_HANDLERS):
        at = data.find(b"hdlr", at)
        if at < 0:
            return found & {b"soun", b"vide"}
        found.add(data[at + 12 : at + 16])
        at += 4
    return set()


def _peak(kind: str, data: memoryview, full: float) -> float:
    samples = array(kind, data.tobytes())
    if sys.byteorder == "big":
        samples.byteswap()
    return max(max(samples, default=0), -min(samples, default=0)) / full
