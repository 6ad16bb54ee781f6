"""Resemble AI's multilingual Chatterbox: from text to sounds, and from sounds to a waveform.

https://github.com/resemble-ai/chatterbox. Its own ``generate`` can neither be stopped nor told how
long to go on, so its two models are called here one after the other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from worker.engines import memory
from worker.engines.chatterbox.manner import Manner
from worker.engines.chatterbox.profile import (
    FRAMES,
    MOST_PROMPT,
    MOST_SPEECH,
    TOKENS,
    Profile,
)
from worker.engines.narration import Samples

TOKENS_A_SECOND = 25
_AT_ONCE = 1000
"""Tokens of a sentence, at most: forty seconds, for which the model was trained."""
_MOST_A_CHARACTER, _SPARE = 8, 50
"""What is longer than that for its text is a model that does not find its end."""
_USUAL_A_CHARACTER = 2
_SOUNDS = 0.7
"""The share of a sentence's work in which its sounds are chosen; the waveform takes the rest."""
_STROKES = 10
_REFERENCE_SECONDS, _BEGINNING_SECONDS = 10, 6
_EARS = 16_000
_WORD = "Hello."

TOO_LITTLE = "The GPU ran out of memory. Try it again, or with shorter sentences."

Told = Callable[[float], None]
"""Told how far something is, 0..1; what it raises ends the run."""


class ChatterboxSpeaker:
    """The loaded model. Serves one caller at a time."""

    def __init__(self, tts: Any) -> None:
        self.tts = tts
        self.rate = int(tts.sr)
        self.at_once = _AT_ONCE
        self._tick: Callable[[], None] = _nothing
        self._stroke: Callable[[], None] = _nothing
        # Called before each token and each stroke of the decoder; what they raise ends the run.
        tts.t3.tfmr.register_forward_pre_hook(lambda *_: self._tick())
        tts.s3gen.flow.decoder.estimator.time_mlp.register_forward_pre_hook(
            lambda *_: self._stroke()
        )

    def warm_up(self) -> None:
        """Learn a voice and say a second with it: what the first use compiles or loads is there."""
        at = np.arange(2 * self.rate, dtype=np.float32) / self.rate
        hum = (0.2 * np.sin(2 * np.pi * 150 * at)).astype(np.float32)
        most, self.at_once = self.at_once, TOKENS_A_SECOND
        self.say(_WORD, "en", self.listen(hum), 1.0, Manner(), _nobody_asks)
        self.at_once = most

    def listen(self, samples: Samples) -> Profile:
        """Learn a voice from its sound: six to ten seconds of it."""
        import librosa

        tts = self.tts
        with memory.bounded(TOO_LITTLE), torch.inference_mode():
            heard = librosa.resample(samples, orig_sr=self.rate, target_sr=_EARS)
            reference = samples[: _REFERENCE_SECONDS * self.rate]
            seen = tts.s3gen.embed_ref(reference, self.rate, device=tts.device)
            beginning, _ = tts.s3gen.tokenizer.forward(
                [heard[: _BEGINNING_SECONDS * _EARS]], max_len=MOST_SPEECH
            )
            speaker = tts.ve.embeds_from_wavs([heard], sample_rate=_EARS).mean(axis=0)
            tokens = _array(seen["prompt_token"], np.int32).reshape(-1)
            mel = _array(seen["prompt_feat"], np.float32)[0]
            count = min(tokens.size, len(mel) // FRAMES, MOST_PROMPT)
            return Profile(
                speaker=np.asarray(speaker, np.float32).reshape(-1),
                speech_tokens=_array(beginning, np.int32).reshape(-1)[:MOST_SPEECH],
                embedding=_array(seen["embedding"], np.float32).reshape(-1),
                prompt_tokens=tokens[:count],
                prompt_mel=mel[: FRAMES * count],
            )

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
        with memory.bounded(TOO_LITTLE), torch.inference_mode():
            torch.manual_seed(manner.seed_for(text))
            with self._counted(len(text), step):
                sounds = self._sounds(text, language, profile, manner)
                samples = self._waveform(sounds, profile, speed)
            if not samples.size:
                return samples
            marked = self.tts.watermarker.apply_watermark(samples, sample_rate=self.rate)
            return np.asarray(marked, np.float32).reshape(-1)

    def _sounds(self, text: str, language: str, profile: Profile, manner: Manner) -> torch.Tensor:
        from chatterbox.models.t3.modules.cond_enc import T3Cond
        from chatterbox.mtl_tts import punc_norm

        t3, device = self.tts.t3, self.tts.device
        condition = T3Cond(
            speaker_emb=torch.from_numpy(profile.speaker)[None],
            cond_prompt_speech_tokens=torch.from_numpy(profile.speech_tokens)[None].long(),
            emotion_adv=manner.exaggeration * torch.ones(1, 1, 1),
        ).to(device=device)
        tokens = self.tts.tokenizer.text_to_tokens(punc_norm(text), language_id=language)
        tokens = tokens[:, : t3.hp.max_text_tokens - 2]
        start, stop = t3.hp.start_text_token, t3.hp.stop_text_token
        tokens = torch.nn.functional.pad(tokens, (1, 0), value=start)
        tokens = torch.nn.functional.pad(tokens, (0, 1), value=stop).to(device)
        try:
            made = t3.inference(
                t3_cond=condition,
                text_tokens=torch.cat([tokens, tokens]),  # with the text, and without it
                max_new_tokens=min(self.at_once, _SPARE + _MOST_A_CHARACTER * len(text)),
                temperature=manner.temperature,
                cfg_weight=manner.cfg_weight,
                repetition_penalty=2.0,
                min_p=0.05,
                top_p=1.0,
            )[0]
        finally:
            _forget_spies(t3.tfmr)
        return _spoken(made, t3.hp.stop_speech_token)

    def _waveform(self, sounds: torch.Tensor, profile: Profile, speed: float) -> Samples:
        s3gen, device = self.tts.s3gen, self.tts.device
        if not sounds.numel():
            return np.zeros(0, np.float32)
        mel = s3gen.flow_inference(
            sounds[None].to(device),
            ref_dict={
                "prompt_token": torch.from_numpy(profile.prompt_tokens)[None].to(device),
                "prompt_token_len": torch.tensor([profile.prompt_tokens.size], device=device),
                "prompt_feat": torch.from_numpy(profile.prompt_mel)[None].to(device),
                "prompt_feat_len": None,
                "embedding": torch.from_numpy(profile.embedding)[None].to(device),
            },
            finalize=True,
        ).to(dtype=s3gen.dtype)
        # The spectrogram is stretched, and not the waveform: the pitch stays.
        if speed != 1:
            frames = max(1, round(mel.shape[-1] / speed))
            mel = torch.nn.functional.interpolate(mel, size=frames, mode="linear")
        waveform, _ = s3gen.hift_inference(mel, None)
        fade = s3gen.trim_fade[: waveform.shape[-1]]
        waveform[:, : len(fade)] *= fade  # what spills over from the reference
        samples: Samples = _array(waveform, np.float32).reshape(-1)
        return samples

    @contextmanager
    def _counted(self, characters: int, step: Told) -> Iterator[None]:
        usual = _SPARE / 2 + _USUAL_A_CHARACTER * characters
        tokens = strokes = 0

        def tick() -> None:
            nonlocal tokens
            tokens += 1
            step(_SOUNDS * min(1.0, tokens / usual))

        def stroke() -> None:
            nonlocal strokes
            strokes += 1
            step(_SOUNDS + (1 - _SOUNDS) * min(1.0, strokes / (_STROKES + 1)))

        self._tick, self._stroke = tick, stroke
        try:
            yield
        finally:
            self._tick = self._stroke = _nothing


def _forget_spies(tfmr: torch.nn.Module) -> None:
    """Each run of the model adds hooks to its layers and leaves them there: they slow the next."""
    for layer in tfmr.layers:
        layer.self_attn._forward_hooks.clear()  # noqa: SLF001 (there is no other way to find them)


def _spoken(made: torch.Tensor, stop: int) -> torch.Tensor:
    """The tokens up to the end, without those that are no sound."""
    ends = (made == stop).nonzero()
    made = made[: int(ends[0])] if len(ends) else made
    return made[made < TOKENS]


def _array(values: torch.Tensor, dtype: Any) -> Any:
    return values.detach().cpu().numpy().astype(dtype)


def _nothing() -> None:
    return


def _nobody_asks(_fraction: float) -> None:
    return
