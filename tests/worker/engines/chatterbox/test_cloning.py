"""A voice is learned from a recording, and said to be heard."""

import wave
from itertools import pairwise

import numpy as np
import pytest

from tests.worker.engines.chatterbox.conftest import RATE, a_profile, same, words
from worker.engines import EngineError
from worker.engines.chatterbox.languages import SAMPLES


def test_a_clone_is_a_sample_and_a_profile_that_speech_is_made_with(run, record, speaker):
    sample, profile = run("voice_clone", {"audio": record()}).files
    with wave.open(str(sample.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
    assert profile.content_type == "application/octet-stream"

    run("tts", {"profile": profile.path}, text="Good morning.")

    assert same(speaker.voice, a_profile(25, 50))


def test_the_progress_of_a_clone_never_falls(run, record, fractions):
    run("voice_clone", {"audio": record()})

    assert all(later >= earlier for earlier, later in pairwise(fractions))
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert any(0 < fraction < 0.15 for fraction in fractions)
    assert any(0.3 < fraction < 0.9 for fraction in fractions)


@pytest.mark.parametrize("language", SAMPLES)
def test_each_language_has_a_sentence_to_hear_a_voice_by(run, record, speaker, language):
    run("voice_clone", {"audio": record()}, language=language)

    assert words(speaker).replace(" ", "") == SAMPLES[language].replace(" ", "")
    assert {code for _, code, *_ in speaker.said} == {language}


def test_the_sample_says_the_reference_text_when_there_is_one_with_words(run, record, speaker):
    recording = record()
    run("voice_clone", {"audio": recording}, reference_text="Yes. No.")
    run("voice_clone", {"audio": recording}, reference_text="?!")

    assert words(speaker) == f"Yes. No. {SAMPLES['en']}"


def test_of_a_long_reference_text_only_the_beginning_is_said(run, record, speaker):
    run("voice_clone", {"audio": record()}, reference_text="And so on. " * 400)

    assert 200 < len(words(speaker)) <= 300


@pytest.mark.parametrize("hum", [0, 0.003])
def test_a_recording_is_heard_at_the_speakers_rate_without_the_quiet_around_it(
    run, record, speaker, hum
):
    tone = 0.2 * np.sin(2 * np.pi * 200 * np.arange(2 * 22050) / 22050)
    quiet = hum * np.sin(2 * np.pi * 50 * np.arange(3 * 22050) / 22050)

    run("voice_clone", {"audio": record(np.concatenate([quiet, tone, quiet]))})

    (heard,) = speaker.heard
    assert heard.size / RATE == pytest.approx(2, abs=0.06)


@pytest.mark.parametrize(
    ("seconds", "loud", "sentence"),
    [(0.5, 0.2, "too short"), (3, 0, "is silent"), (3, 0.0005, "is silent")],
)
def test_a_recording_without_a_voice_is_refused(run, record, seconds, loud, sentence):
    at = np.arange(round(seconds * 22050)) / 22050

    with pytest.raises(EngineError, match=rf"recording {sentence}|{sentence}.*Record at least"):
        run("voice_clone", {"audio": record(loud * np.sin(2 * np.pi * 200 * at))})


def test_a_click_in_a_silent_recording_is_no_speech(run, record):
    sound = np.zeros(3 * 22050)
    sound[22050:33075] = 0.3

    with pytest.raises(EngineError, match="less than a second of speech"):
        run("voice_clone", {"audio": record(sound)})
