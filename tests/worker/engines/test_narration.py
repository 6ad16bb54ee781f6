"""Speech of any length becomes one WAV file, without clicks and without filling the memory."""

import itertools
import tracemalloc
import wave

import numpy as np
import pytest

from worker.engines import Cancelled, EngineError
from worker.engines.narration import MAX_SECONDS, narrate
from worker.engines.sentences import Sentence

RATE = 24_000


def tone(seconds=0.5, level=0.3, offset=0.0):
    at = np.arange(round(seconds * RATE), dtype=np.float32)
    return level * np.cos(at * np.float32(2 * np.pi * 200 / RATE)) + np.float32(offset)


@pytest.fixture
def told(tmp_path):
    """`told(sounds, pauses)`: the samples of the file in which they were said one by one."""

    def tell(sounds, pauses=(0.3,), step=lambda *_: None, pace=1.0):
        sounds = list(sounds)
        text = [Sentence(f"{i}", pauses[i % len(pauses)]) for i in range(len(sounds))]
        path = tmp_path / "told.wav"
        spoken = narrate(text, lambda name, _: (sounds[int(name)], RATE), path, step, pace)
        with wave.open(str(path)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int32)
        assert spoken.seconds == pytest.approx(len(samples) / RATE)
        return samples

    return tell


def test_sentences_are_joined_without_a_click(told):
    samples = told([tone(offset=0.2), tone(), tone(offset=-0.2)])

    wave_of_200_hz = 2 * np.pi * 200 / RATE * np.abs(samples).max()
    assert np.abs(np.diff(samples)).max() < 1.5 * wave_of_200_hz
    assert samples[0] == samples[-1] == 0


def test_the_pause_between_two_sentences_is_as_long_as_it_should_be_whatever_the_engine_leaves(
    told,
):
    quiet = np.zeros(RATE, np.float32)
    said = [np.concatenate([quiet, tone(), quiet]), np.concatenate([tone(), quiet]), tone()]
    samples = told(said, pauses=(0.3, 0.6))
    silent = np.abs(samples[: len(samples) // 240 * 240]).reshape(-1, 240).max(axis=1) < 10
    lengths = [len(list(run)) / 100 for quiet, run in itertools.groupby(silent) if quiet]
    assert lengths[1:3] == pytest.approx([0.3, 0.6], abs=0.1)
    assert len(told(said, pace=2.0)) < len(told(said, pace=1.0)) < len(told(said, pace=0.5))


def test_all_sentences_have_one_gain(told):
    samples = told([tone(level=0.2), tone(level=0.8), tone(level=3.0)])

    loud = [np.abs(samples[round(at * RATE) :][: RATE // 5]).max() for at in (0.2, 1.0, 1.8)]
    assert [one / loud[2] for one in loud] == pytest.approx([0.2 / 3, 0.8 / 3, 1], rel=0.02)


def test_no_peak_is_cut_off_and_what_has_none_is_as_loud_as_speech_should_be(told):
    click = tone(level=0.05)
    click[RATE // 4] = 4.0

    assert np.abs(told([click, tone(level=0.05)])).max() == round(32767 * 10 ** (-1 / 20))
    even = told([tone(level=0.05)])
    assert np.sqrt(np.mean(np.square(even / 32767))) == pytest.approx(0.1, rel=0.05)


def test_a_pause_within_a_sentence_makes_it_no_louder(told):
    quiet = np.zeros(RATE, np.float32)
    halting, fluent = told([np.concatenate([tone(), quiet, tone()])]), told([tone(1.0)])
    assert np.abs(halting).max() == pytest.approx(np.abs(fluent).max(), rel=0.02)


def test_what_an_engine_says_too_softly_is_raised_without_the_noise_of_few_bits(told):
    noise = np.random.default_rng(1).uniform(-0.0005, 0.0005, RATE).astype(np.float32)
    assert len(np.unique(told([noise]))) > 2000


@pytest.mark.parametrize("sound", [np.zeros(RATE), np.zeros(0), np.full(RATE, np.nan)])
def test_a_sentence_of_which_nothing_is_heard_adds_nothing(told, sound):
    nothing = sound.astype(np.float32)
    assert len(told([tone(), nothing, tone()], (0.3, 9.0))) == len(told([tone(), tone()], (0.3,)))
    assert len(told([nothing])) == 0


def test_samples_that_are_no_numbers_do_not_spoil_the_rest(told):
    broken = tone()
    broken[100] = np.nan
    assert len(told([broken])) == len(told([tone()]))


def test_progress_goes_sentence_by_sentence_and_never_falls(told):
    fractions = []
    told([tone(0.1)] * 40, step=fractions.append)

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(set(fractions)) > 40


def test_a_cancelled_speech_ends_between_two_sentences(told):
    said = []

    def sounds():
        for index in range(10):
            yield tone()
            said.append(index)

    def step(fraction):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        told(sounds(), step=step)


def test_speech_of_an_hour_takes_no_more_memory_than_one_sentence(tmp_path):
    text = [Sentence("x", 0.3)] * 360
    sound = tone(10)
    tracemalloc.start()
    try:
        spoken = narrate(text, lambda *_: (sound, RATE), tmp_path / "long.wav", lambda *_: None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert spoken.seconds > 3600
    assert (tmp_path / "long.wav").stat().st_size == 44 + 2 * round(spoken.seconds * RATE)
    assert peak < 20_000_000


def test_speech_that_would_never_end_is_refused_with_a_sentence(tmp_path):
    text = [Sentence("x", MAX_SECONDS / 3)] * 5
    with pytest.raises(EngineError, match=r"more than five hours of speech\. Send it in parts"):
        narrate(text, lambda *_: (tone(), RATE), tmp_path / "long.wav", lambda *_: None)
