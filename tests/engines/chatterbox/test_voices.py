"""Voices and speech of Chatterbox, through the worker's handler."""

import base64
import io
import time
from itertools import pairwise

import av
import numpy as np
import perth
import pytest
import torch

from tests.engines.chatterbox import tiny
from tests.engines.chatterbox.conftest import RATE, TOKENS, Studio, recording, sound_of
from worker.engines import Cancelled, load_engine
from worker.engines.chatterbox.loading import T3_FILE
from worker.engines.chatterbox.profile import load_profile


def decoded(text, path):
    path.write_bytes(base64.b64decode(text))
    return path


def mark(samples):
    watermark = perth.PerthImplicitWatermarker()
    return float(np.mean(watermark.get_watermark(samples, sample_rate=RATE)))


def test_a_clone_is_a_sample_with_the_watermark_and_a_profile_of_plain_arrays(clone, tmp_path):
    samples, rate = sound_of(clone["audio_base64"])
    values = np.load(decoded(clone["profile_base64"], tmp_path / "p.npy"), allow_pickle=False)

    assert rate == RATE
    assert mark(samples) == 1
    assert (values.dtype, values.ndim) == (np.float32, 1)
    kept = load_profile(tmp_path / "p.npy")
    # 1.2 seconds: 25 tokens a second and two frames a token.
    assert (kept.prompt_tokens.size, kept.prompt_mel.shape) == (30, (60, 80))
    assert kept.speech_tokens.size == 30
    assert np.linalg.norm(kept.speaker) == pytest.approx(1, abs=0.01)
    assert np.abs(kept.embedding).max() > 0


def test_the_model_has_said_something_before_the_first_job(engine):
    assert engine.said_by_itself


def test_the_mark_is_not_heard_where_it_is_not():
    noise = np.random.default_rng(1).normal(size=RATE) / 10
    assert mark(noise.astype(np.float32)) == 0


def test_two_recordings_are_two_voices(studio, spoken):
    other = studio.clone(audio_base64=recording(1.6))["profile_base64"]

    assert studio.say(other)["audio_base64"] != spoken


def test_speech_is_said_with_progress_that_rises_and_keeps_the_watermark(studio, profile):
    answer = studio.say(profile, text="Hi. Ho!")

    samples, rate = sound_of(answer["audio_base64"])
    assert rate == RATE
    assert 0.3 < samples.size / RATE < 2 * TOKENS / 25 + 0.7
    assert mark(samples) == 1
    assert all(later >= earlier for earlier, later in pairwise(studio.told))
    assert len(set(studio.told)) > 2 * TOKENS
    assert studio.told[-1] == 1


def test_the_same_words_are_the_same_bytes_and_another_seed_other_ones(studio, profile, spoken):
    assert studio.say(profile)["audio_base64"] == spoken
    assert studio.say(profile, extra={"seed": 5})["audio_base64"] != spoken


def test_the_model_is_told_the_language_and_the_words(engine, studio, profile):
    seen = []
    listener = engine.speaker.tts.t3.text_emb.register_forward_pre_hook(
        lambda _module, given: seen.append(given[0])
    )
    try:
        studio.say(profile, text="Ja.", language="de-DE")
    finally:
        listener.remove()

    known = tiny.tokenizer().get_vocab()
    words = [known[token] for token in ("[START]", "[de]", "j", "a", ".", "[STOP]")]
    assert seen[0].tolist() == [words, words]


def test_a_faster_voice_needs_less_time(studio, profile, spoken):
    fast = studio.say(profile, speed=2.0)["audio_base64"]

    assert sound_of(spoken)[0].size == pytest.approx(2 * sound_of(fast)[0].size, rel=0.25)


def test_speech_comes_as_mp3_if_it_is_asked_for(studio, profile):
    answer = studio.say(profile, output_format="mp3")

    with av.open(io.BytesIO(base64.b64decode(answer["audio_base64"]))) as container:
        assert container.format.name == "mp3"
        assert sum(frame.samples for frame in container.decode(audio=0)) > 0


@pytest.mark.parametrize("at", [5, TOKENS + 3])
def test_a_cancel_is_followed_within_a_token_or_a_stroke(engine, profile, tmp_path, at):
    asked, path = [], decoded(profile, tmp_path / "p.npy")

    def step(fraction, _preview=None):
        asked.append(time.monotonic())
        if len(asked) == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run("tts", {"text": "Hi.", "speed": 1.0}, {"profile": path}, tmp_path, step)

    assert len(asked) == at
    # The model is as it was: what is said next has no trace of it.
    assert not hooks(engine)


def hooks(engine):
    layers = engine.speaker.tts.t3.tfmr.layers
    return [hook for layer in layers for hook in layer.self_attn._forward_hooks]


def test_a_sentence_leaves_nothing_behind_in_the_model(engine, spoken):
    assert spoken
    assert not hooks(engine)


def test_an_allocation_that_fails_ends_as_out_of_memory(engine, studio, profile):
    def fail(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    failing = engine.speaker.tts.t3.text_emb.register_forward_pre_hook(fail)
    try:
        answer = studio.say(profile)
    finally:
        failing.remove()

    assert (answer["error_code"], answer["refresh_worker"]) == ("out_of_memory", True)
    assert answer["error"].startswith("The GPU ran out of memory.")


@pytest.mark.parametrize("there", [(), (T3_FILE,)])
def test_weights_that_are_missing_are_told_to_each_job(monkeypatch, tmp_path, profile, there):
    (tmp_path / "chatterbox").mkdir()
    for name in there:
        (tmp_path / "chatterbox" / name).touch()
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(tmp_path))

    answer = Studio(load_engine("chatterbox")).say(profile)

    assert (answer["error_code"], answer["refresh_worker"]) == ("model_unavailable", True)
    assert answer["error"].startswith("The weights of Chatterbox Multilingual are not")


def test_a_model_of_another_engine_is_none_of_this_one(monkeypatch, profile):
    monkeypatch.setenv("FIREPOD_MODEL", "sdxl")

    answer = Studio(load_engine("chatterbox")).say(profile)

    assert answer["error"] == "This worker has no model named 'sdxl'. It knows chatterbox."


def test_chinese_is_spelled_from_the_folder_of_the_weights(engine):
    tokenizer = engine.speaker.tts.tokenizer
    spelled = tokenizer.cangjie_converter("你好妤")

    assert (
        spelled == "[cj_o][cj_n][cj_f][cj_.][cj_v][cj_n][cj_d][cj_.][cj_v][cj_n][cj_d][cj_1][cj_.]"
    )
