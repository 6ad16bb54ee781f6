"""Speech of a voice: its sentences, its language, its manner, and whose turn it is."""

import sys
import threading
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from tests.worker.engines.chatterbox.conftest import words
from worker.engines import Cancelled, EngineError, check
from worker.engines.chatterbox.languages import known_language
from worker.engines.chatterbox.manner import Manner, manner_of

STORY = "Once upon a time there was a king. He had three sons. The youngest was called Jack."


def test_a_text_is_said_sentence_by_sentence_with_progress_that_never_falls(
    run, speaker, voice, fractions
):
    result = run("tts", {"profile": voice}, text=STORY)

    assert [text for text, *_ in speaker.said] == [
        "Once upon a time there was a king.",
        "He had three sons.",
        "The youngest was called Jack.",
    ]
    assert all(later >= earlier for earlier, later in pairwise(fractions))
    assert (fractions[0], fractions[-1]) == (0, 1)
    # In the middle of the first sentence, which has less than half of the characters.
    assert any(0.15 < fraction < 0.3 for fraction in fractions)
    assert 1.6 < result.info["duration_seconds"] < 2.6


def test_a_text_of_50000_characters_is_never_said_at_once(run, speaker, voice):
    text = "And so on " * 5000

    run("tts", {"profile": voice}, text=text)

    assert words(speaker).split() == text.split()
    assert max(len(said) for said, *_ in speaker.said) < 300


@pytest.mark.parametrize("after", [0.2, 0.6])
def test_a_cancel_ends_the_speech_within_a_sentence(engine, speaker, voice, tmp_path, after):
    def step(fraction, _preview=None):
        if fraction >= after:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run("tts", {"text": STORY, "speed": 1.0}, {"profile": voice}, tmp_path, step)

    assert len(speaker.said) < 3


def test_speed_is_handed_to_the_speaker_and_shortens_the_pauses(run, speaker, voice):
    slow, fast = (
        run("tts", {"profile": voice}, text=STORY, speed=speed).info["duration_seconds"]
        for speed in (0.5, 2.0)
    )

    assert slow == pytest.approx(4 * fast, rel=0.15)
    assert {speed for _, _, speed, _ in speaker.said} == {0.5, 2.0}


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (None, "en"),
        ("", "en"),
        ("auto", "en"),
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("ZH-Hant", "zh"),
        ("nb", "no"),
        ("iw", "he"),
    ],
)
def test_a_language_is_found_by_its_tag(tag, code):
    assert known_language(tag) == code


def test_a_language_that_the_model_does_not_speak_is_refused_with_those_that_it_does(run, voice):
    with pytest.raises(EngineError, match=r"does not speak 'is'. It speaks ar, .*, zh"):
        run("tts", {"profile": voice}, language="is")


@pytest.mark.parametrize("text", ["?!", "… …", "\u200e"])
def test_a_text_without_words_is_refused(run, voice, text):
    with pytest.raises(EngineError, match="nothing in the text that can be spoken"):
        run("tts", {"profile": voice}, text=text)


@pytest.mark.parametrize("sound", [np.zeros(0, np.float32), np.zeros(24_000, np.float32)])
def test_a_model_that_says_nothing_makes_no_silent_file(
    run, record, speaker, voice, monkeypatch, sound
):
    monkeypatch.setattr(speaker, "say", lambda *_: sound)

    with pytest.raises(EngineError, match=r"said nothing\. Write other words"):
        run("tts", {"profile": voice}, text="Hello.")
    with pytest.raises(EngineError, match=r"said nothing\. Write other words"):
        run("voice_clone", {"audio": record()})


def test_what_extra_chooses_is_how_it_is_said(run, speaker, voice):
    chosen = {"exaggeration": 1, "cfg_weight": 0.3, "temperature": 0.6, "seed": 7, "mood": "gay"}

    run("tts", {"profile": voice}, extra=chosen)

    assert [manner for *_, manner in speaker.said] == [Manner(1.0, 0.3, 0.6, 7)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"exaggeration": 9},
        {"cfg_weight": "0.5"},
        {"temperature": 0},
        {"temperature": float("nan")},
        {"temperature": True},
        {"seed": -1},
        {"seed": 1.5},
        {"seed": 2**53},
    ],
)
def test_a_choice_that_the_model_cannot_take_is_refused_by_its_name(run, voice, wrong):
    (name,) = wrong
    with pytest.raises(EngineError, match=rf"^{name} must be a"):
        run("tts", {"profile": voice}, extra=wrong)


def test_the_same_sentence_is_said_alike_unless_a_seed_asks_for_another_take():
    one, other = manner_of({"seed": 1}), manner_of({"seed": 2})

    assert Manner().seed_for("Hello.") == Manner().seed_for("Hello.")
    assert len({one.seed_for("Hello."), other.seed_for("Hello."), one.seed_for("Bye.")}) == 3


def test_what_is_neither_voice_nor_speech_is_refused(run):
    with pytest.raises(EngineError, match="makes voice_clone, tts; it cannot make text2img"):
        run("text2img")


def test_jobs_take_turns_and_one_that_waits_can_be_stopped(engine, speaker, voice, tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def hold(_step):
        begun.set()
        assert go_on.wait(20)

    speaker.during = hold
    request = {"text": "Hello.", "speed": 1.0}
    first = threading.Thread(
        target=engine.run,
        args=("tts", request, {"profile": voice}, tmp_path, lambda *_: None),
    )
    first.start()
    assert begun.wait(20)

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        engine.run("tts", request, {"profile": voice}, tmp_path, stop)
    assert len(speaker.said) == 1
    go_on.set()
    first.join(20)
    speaker.during = None
    engine.run("tts", request, {"profile": voice}, tmp_path, lambda *_: None)
    assert len(speaker.said) == 2


def test_a_machine_is_checked_for_it_without_a_picture(monkeypatch, engine):
    studio, said = ModuleType("studio"), []
    studio.create = lambda: engine
    monkeypatch.setitem(sys.modules, "studio", studio)
    monkeypatch.setenv("FIREPOD_ENGINE", "studio:create")

    assert check.main(said.append) == 0
    assert said[-1].startswith("It makes nothing from words alone")
