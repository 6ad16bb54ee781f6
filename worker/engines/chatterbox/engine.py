"""Sends ``voice_clone`` and ``tts`` to the model, one job at a time."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from worker.engines.chatterbox.languages import SAMPLES, known_language
from worker.engines.chatterbox.manner import Manner, manner_of
from worker.engines.chatterbox.profile import Profile, load_profile, save_profile
from worker.engines.chatterbox.recordings import heard_from
from worker.engines.interface import EngineError, OutputFile, Preview, Result, Step
from worker.engines.narration import Samples, Spoken, narrate
from worker.engines.sentences import Sentence, sentences, speakable
from worker.engines.table import Model
from worker.engines.turns import turn

NOTHING = "There is nothing in the text that can be spoken. Write some words."
SILENT = "The model said nothing. Write other words, or choose another seed in extra."
_SAMPLE_CHARACTERS = 300
_LISTENING = 0.3
"""The share of a clone's work; the rest is to say the sample."""

Told = Callable[[float], None]
"""Told how far something is, 0..1."""


class Speaker(Protocol):
    """The model, as the engine needs it; ``speaker.py`` has the true one."""

    rate: int  #: samples a second of what it hears and says

    def listen(self, samples: Samples) -> Profile:
        """Learn a voice from its sound."""

    def say(
        self,
        text: str,
        language: str,
        profile: Profile,
        speed: float,
        manner: Manner,
        step: Told,
    ) -> Samples:
        """Say a sentence with a voice, watermarked."""


class ChatterboxEngine:
    """Makes voices and speech. The model is shared, so jobs take turns."""

    def __init__(self, speaker: Speaker, model: Model) -> None:
        self.speaker = speaker
        self.model = model
        self._free = threading.Lock()

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        """Run one task; see ``worker.engines.interface.Engine.run``."""
        make = {"voice_clone": self._clone, "tts": self._speak}.get(task_type)
        if make is None:
            can = ", ".join(self.model.tasks)
            raise EngineError(f"{self.model.label} makes {can}; it cannot make {task_type}.")
        with turn(self._free, step):
            step(0)
            return make(request, inputs, workdir, step)

    def _clone(
        self, request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, step: Step
    ) -> Result:
        language, manner = known_language(request.get("language")), manner_of(request.get("extra"))
        samples = heard_from(
            inputs["audio"], self.speaker.rate, lambda done: step(done * _LISTENING / 2)
        )
        profile = self.speaker.listen(samples)
        step(_LISTENING)
        given = str(request.get("reference_text") or "")[:_SAMPLE_CHARACTERS]
        text = _pieces(given) or _pieces(SAMPLES[language])
        sample, stored = workdir / "sample.wav", workdir / "profile.npy"
        said = self._narrate(
            text,
            language,
            profile,
            1.0,
            manner,
            sample,
            lambda done: step(_LISTENING + (1 - _LISTENING) * done),
        )
        save_profile(profile, stored)
        files = (
            OutputFile(sample, "audio/wav"),
            OutputFile(stored, "application/octet-stream"),
        )
        return Result(files, _info(said))

    def _speak(
        self, request: Mapping[str, Any], inputs: Mapping[str, Path], workdir: Path, step: Step
    ) -> Result:
        language, manner = known_language(request.get("language")), manner_of(request.get("extra"))
        profile = load_profile(inputs["profile"])
        text = _pieces(str(request["text"]))
        if not text:
            raise EngineError(NOTHING)
        path, speed = workdir / "speech.wav", float(request["speed"])
        said = self._narrate(text, language, profile, speed, manner, path, step)
        return Result((OutputFile(path, "audio/wav"),), _info(said))

    def _narrate(
        self,
        text: list[Sentence],
        language: str,
        profile: Profile,
        speed: float,
        manner: Manner,
        path: Path,
        step: Told,
    ) -> Spoken:
        def tell(fraction: float, _preview: Preview = None, /) -> None:
            step(fraction)

        def say(sentence: str, within: Told) -> tuple[Samples, int]:
            samples = self.speaker.say(sentence, language, profile, speed, manner, within)
            return samples, self.speaker.rate

        said = narrate(text, say, path, tell, speed)
        if not said.peak:
            raise EngineError(SILENT)
        return said


def _pieces(text: str) -> list[Sentence]:
    """The sentences of a text that have something to say."""
    return [one for one in sentences(speakable(text)) if any(map(str.isalnum, one.text))]


def _info(said: Spoken) -> dict[str, Any]:
    return {"duration_seconds": round(said.seconds, 3), "sample_rate": said.rate}
