"""Speaks with a voice that was measured: its pitch, its timbre, its pace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np

from worker.engines.interface import EngineError, Step
from worker.engines.narration import Spoken, narrate
from worker.engines.procedural.progress import Progress
from worker.engines.procedural.speech import espeak
from worker.engines.procedural.speech.frames import batches, levels
from worker.engines.procedural.speech.languages import DEFAULT, passages
from worker.engines.procedural.speech.pitch import pitches
from worker.engines.procedural.speech.profile import Profile
from worker.engines.procedural.speech.recording import RATE as MEASURED_RATE
from worker.engines.procedural.speech.recording import Samples
from worker.engines.procedural.speech.timbre import BANDS, coloured, correction, envelope
from worker.engines.sentences import Sentence, sentences, speakable

NORMAL_WORDS_PER_MINUTE = 172
_NORMAL_SYLLABLES = 3.3
"""What our count of syllables gives for espeak at that pace."""
_PITCH_STEPS = (0, 25, 50, 75, 99)
_LOW_VOICE = "", (71, 81, 100, 128, 167)
_HIGH_VOICE = "+f2", (127, 153, 189, 243, 316)
"""Two speakers of espeak and their pitch, Hz, at each of the steps of its parameter."""
_TRIAL_TEXT = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "These days a chicken leg is a rare dish. Four hours of steady work faced us."
)
"""Harvard sentences (IEEE, 1969): every sound in its usual share, so that the envelope is the
speaker's and not that of a few vowels."""
_NOTHING = "There is nothing in the text that can be spoken. Write some words."
_AUDIBLE = 0.01
_ENOUGH_FRAMES = 25
_HIGH_FROM = 150.0
_LOWEST, _HIGHEST = 60.0, 420.0


@dataclass(frozen=True)
class _Tuning:
    """How espeak's speaker is turned into the voice."""

    delivery: espeak.Delivery
    scale: float
    """Pitch and formants are raised together by playing faster; the delivery makes up for it."""
    gain_db: Samples


def speak(
    text: str, language: str, profile: Profile, speed: float, path: Path, progress: Progress
) -> Spoken:
    """Say text into a WAV file, at ``speed`` times the usual pace.

    Raises ``EngineError`` when there is nothing in it that can be said.
    """
    spoken_text = list(sentences(speakable(text)))
    if not spoken_text:
        raise EngineError(_NOTHING)
    tuning = _tuned(spoken_text, language, profile, speed, progress.part(0, 0.1))

    def say(sentence: str, step: Step) -> tuple[Samples, int]:
        pieces = []
        rate, done = 0, 0
        for part, spoken_language in passages(sentence, language):
            share = Progress(step, done / len(sentence), (done + len(part)) / len(sentence))
            delivery = replace(tuning.delivery, language=spoken_language)
            samples, rate = espeak.speak(part, delivery, share.beat)
            if samples.size:
                raised = resampled(samples, round(rate * tuning.scale), rate)
                pieces.append(coloured(raised, rate, tuning.gain_db))
            done += len(part)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32), rate

    spoken = narrate(spoken_text, say, path, progress.part(0.1, 1).at, pace=speed)
    if spoken.peak <= _AUDIBLE:
        raise EngineError(_NOTHING)
    return spoken


def _tuned(
    text: Sequence[Sentence], language: str, profile: Profile, speed: float, progress: Progress
) -> _Tuning:
    """Choose the speaker and its parameters, listen to it once, and correct what is off."""
    wanted = float(np.clip(profile.pitch, _LOWEST, _HIGHEST))
    variant, hertz = _HIGH_VOICE if wanted >= _HIGH_FROM else _LOW_VOICE
    pace = NORMAL_WORDS_PER_MINUTE * speed
    pace *= float(np.clip(profile.rate / _NORMAL_SYLLABLES, 0.94, 1.06))
    # a short vocal tract goes with a high voice, though not as much shorter as the voice is higher
    scale = float(np.clip((wanted / hertz[2]) ** 0.3, 0.88, min(1.2, pace / espeak.SLOWEST)))
    delivery = espeak.Delivery(
        language=DEFAULT,
        variant=variant,
        words_per_minute=_paced(pace / scale),
        pitch=round(float(np.interp(np.log(wanted / scale), np.log(hertz), _PITCH_STEPS))),
        pitch_range=round(float(np.clip(50 * profile.spread / 2.2, 20, 85))),
    )
    pitch, bands = _heard(_TRIAL_TEXT, delivery, scale, progress)
    # languages differ in their melodies, so the text itself tells the pitch best
    parts = (part for sentence in text for part in passages(sentence.text, language))
    longest, its_language = max(parts, key=lambda part: len(part[0]))
    own_pitch, _ = _heard(longest, replace(delivery, language=its_language), scale, progress)
    if own_pitch.size >= _ENOUGH_FRAMES:
        pitch = own_pitch
    scale *= float(np.clip(wanted / np.median(pitch), 0.7, 1.4))
    present = bands.mean(axis=0)
    return _Tuning(
        delivery=replace(delivery, words_per_minute=_paced(pace / scale)),
        scale=scale,
        gain_db=correction(profile.envelope, present - present.mean(), profile.bandwidth),
    )


def _heard(
    text: str, delivery: espeak.Delivery, scale: float, progress: Progress
) -> tuple[Samples, Samples]:
    """Speak and listen: pitch (n,), Hz, and envelope (n, BANDS) of the n voiced frames."""
    trial, rate = espeak.speak(text, delivery, progress.beat)
    if not trial.size:
        return np.zeros(0, np.float32), np.zeros((0, BANDS), np.float32)
    raised = resampled(trial, round(rate * scale), MEASURED_RATE)
    tones, bands = [], []
    for frames in batches(raised):
        tone = pitches(frames)
        voiced = (tone > 0) & (levels(frames) > -50)
        tones.append(tone[voiced])
        bands.append(envelope(frames)[voiced])
        progress.beat()
    return np.concatenate(tones), np.concatenate(bands)


def _paced(words_per_minute: float) -> int:
    return round(float(np.clip(words_per_minute, espeak.SLOWEST, espeak.FASTEST)))


def resampled(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """Convert between sample rates."""
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=to_rate)
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
    frame.sample_rate = from_rate
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces]).astype(np.float32)
