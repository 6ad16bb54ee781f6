"""espeak-ng, through its C interface (speak_lib.h).

https://github.com/espeak-ng/espeak-ng/blob/1.52.0/src/include/espeak-ng/speak_lib.h
The library has one global state: a lock lets one thread at a time speak.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from worker.engines.procedural.speech.recording import Samples

SLOWEST, FASTEST = 80, 450
"""Words a minute; 175 is normal."""

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_RATE, _PITCH, _RANGE = 1, 3, 4
_CHARS_UTF8, _ENDPAUSE = 1, 0x1000
_BUFFER_MS = 100
_WITHOUT_DICTIONARY = {"fo", "kaa", "xex"}
"""The package lists their voices, but they cannot read a word."""

_lock = threading.Lock()
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Delivery:
    """How espeak shall speak: its own units, 50 being the middle of 0..99."""

    language: str
    """A code of ``languages()``."""
    variant: str = ""
    """``+f2`` and the like: another speaker of the language."""
    words_per_minute: int = 175
    pitch: int = 50
    pitch_range: int = 50


class _VoiceRecord(ctypes.Structure):
    """The head of ``espeak_VOICE``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),  # not a C string: it has zero bytes within
        ("identifier", ctypes.c_char_p),
    )


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """Load and start espeak-ng once. Returns it and its sample rate."""
    import espeakng_loader

    library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    data = str(espeakng_loader.get_data_path()).encode()
    rate = library.espeak_Initialize(
        _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, data, _INITIALIZE_DONT_EXIT
    )
    if rate <= 0:
        raise RuntimeError("espeak-ng did not start: its data was not found")
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
    return library, rate


@cache
def languages() -> Mapping[str, str]:
    """List the codes of all languages that espeak speaks, as ``en-us``, with its voice for each."""
    with _lock:
        library, _ = _library()
        records = library.espeak_ListVoices(None)
        found: dict[str, tuple[int, str]] = {}
        index = 0
        while records[index]:
            voice = records[index].contents
            name = voice.identifier.decode()
            for priority, code in _listed(voice.languages):
                if code not in _WITHOUT_DICTIONARY:
                    found[code] = min(found.get(code, (priority, name)), (priority, name))
            index += 1
    return {code: name for code, (_, name) in found.items()}


def _listed(address: int) -> Iterator[tuple[int, str]]:
    """Read (priority, code) pairs: a byte and a C string each, up to a zero byte."""
    while priority := ctypes.string_at(address, 1)[0]:
        code = ctypes.string_at(address + 1)
        yield priority, code.decode("ascii", "ignore").lower()
        address += len(code) + 2


def speak(text: str, delivery: Delivery, beat: Callable[[], None]) -> tuple[Samples, int]:
    """Speak text. Returns samples and their rate; nothing to say gives silence.

    ``beat`` is called for every 100 ms of speech and may raise, which stops the speech.
    """
    chunks: list[bytes] = []
    raised: list[BaseException] = []

    def receive(wave: int | None, count: int, _events: int | None) -> int:
        if wave and count > 0:
            chunks.append(ctypes.string_at(wave, 2 * count))
        try:
            beat()
        except BaseException as error:  # noqa: BLE001 - cannot cross the C frames, raised below
            raised.append(error)
            return 1
        return 0

    voice = languages()[delivery.language]
    callback = _Callback(receive)
    encoded = text.replace("\0", " ").encode("utf-8", "replace")
    with _lock:
        library, rate = _library()
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName((voice + delivery.variant).encode()) != 0:
            raise RuntimeError(f"espeak-ng has lost its voice {voice!r}")
        library.espeak_SetParameter(_RATE, delivery.words_per_minute, 0)
        library.espeak_SetParameter(_PITCH, delivery.pitch, 0)
        library.espeak_SetParameter(_RANGE, delivery.pitch_range, 0)
        failed = library.espeak_Synth(
            encoded, len(encoded) + 1, 0, 0, 0, _CHARS_UTF8 | _ENDPAUSE, None, None
        )
    if raised:
        raise raised[0]
    if failed:
        raise RuntimeError(f"espeak-ng could not speak (error {failed})")
    samples = np.frombuffer(b"".join(chunks), dtype="<i2").astype(np.float32) / np.float32(32768)
    return samples, rate
