"""The voice tasks: ``voice_clone`` and ``tts``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines.interface import OutputFile, Result
from worker.engines.procedural.making import Makers
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech.languages import known_language
from worker.engines.procedural.speech.measuring import measure
from worker.engines.procedural.speech.profile import load_profile, save_profile
from worker.engines.procedural.speech.recording import read_recording
from worker.engines.procedural.speech.voice import speak

_SAMPLE_TEXTS = {
    "ar": "مرحبا. هكذا يبدو صوتي.",
    "cmn": "你好。这就是我的声音。",
    "de": "Hallo. So klingt meine Stimme, wenn ich etwas vorlese.",
    "es": "Hola. Así suena mi voz cuando leo en voz alta.",
    "fr": "Bonjour. Voici ma voix quand je lis à haute voix.",
    "he": "שלום. כך נשמע הקול שלי.",
    "hi": "नमस्ते। मेरी आवाज़ ऐसी है।",
    "it": "Ciao. Ecco come suona la mia voce quando leggo.",
    "ja": "こんにちは。これが私の声です。",
    "ko": "안녕하세요. 이것이 제 목소리입니다.",
    "pt": "Olá. É assim que soa a minha voz.",
    "pt-br": "Olá. É assim que soa a minha voz.",
    "ru": "Здравствуйте. Так звучит мой голос.",
}
_ENGLISH_TEXT = "Hello. This is how my voice sounds when I read something to you."
_SAMPLE_CHARACTERS = 300


def clone_voice(
    request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, progress: Progress
) -> Result:
    """Measure the voice in a recording; write a sample of it and its profile."""
    language = known_language(request.get("language"))
    samples, rate = read_recording(inputs["audio"], progress.part(0, 0.3))
    profile = measure(samples, rate, progress.part(0.3, 0.6))
    given = str(request.get("reference_text") or "").strip()[:_SAMPLE_CHARACTERS]
    text = given if any(map(str.isalnum, given)) else _SAMPLE_TEXTS.get(language, _ENGLISH_TEXT)
    sample, stored = workdir / "sample.wav", workdir / "profile.npy"
    speech = speak(text, language, profile, 1.0, sample, progress.part(0.6, 1))
    save_profile(profile, stored)
    progress.at(1)
    info = {
        "duration_seconds": round(speech.seconds, 3),
        "sample_rate": speech.rate,
        "pitch_hz": round(profile.pitch, 1),
        "pitch_spread_semitones": round(profile.spread, 2),
        "syllables_per_second": round(profile.rate, 2),
        "loudness_db": round(profile.loudness, 1),
        "voice_seconds": round(profile.seconds, 2),
    }
    files = (
        OutputFile(sample, "audio/wav"),
        OutputFile(stored, "application/octet-stream"),
    )
    return Result(files, info)


def speak_text(
    request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, progress: Progress
) -> Result:
    """Say ``text`` with the voice of a profile."""
    language = known_language(request.get("language"))
    profile = load_profile(inputs["profile"])
    path, speed = workdir / "speech.wav", float(request["speed"])
    speech = speak(str(request["text"]), language, profile, speed, path, progress)
    progress.at(1)
    info = {
        "duration_seconds": round(speech.seconds, 3),
        "sample_rate": speech.rate,
        "pitch_hz": round(profile.pitch, 1),
    }
    return Result((OutputFile(path, "audio/wav"),), info)


TASKS: Makers = {"voice_clone": clone_voice, "tts": speak_text}
