"""The engine around Chatterbox, with a speaker that hums. The model itself: tests/engines."""

import sys
import threading
import wave
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from firepod.kinds import profiles
from worker.engines import Cancelled, EngineError, check
from worker.engines.chatterbox.engine import ChatterboxEngine
from worker.engines.chatterbox.languages import SAMPLES, known_language
from worker.engines.chatterbox.manner import Manner, manner_of
from worker.engines.chatterbox.profile import Profile, load_profile, save_profile
from worker.engines.table import model

STORY = "Once upon a time there was a king. He had three sons. The youngest was called Jack."
RATE = 24_000


def a_profile(speech=150, prompt=250):
    draw = np.random.default_rng(1)
    return Profile(
        speaker=draw.normal(size=256).astype(np.float32),
        speech_tokens=draw.integers(0, 6561, speech).astype(np.int32),
        embedding=draw.normal(size=192).astype(np.float32),
        prompt_tokens=draw.integers(0, 6561, prompt).astype(np.int32),
        prompt_mel=draw.normal(size=(2 * prompt, 80)).astype(np.float32),
    )


@dataclass
class HummingSpeaker:
    """Hums half a second for each sentence; `during(step)` is what happens meanwhile."""

    rate: int = RATE
    heard: list = field(default_factory=list)
    said: list = field(default_factory=list)
    during: object = None

    def listen(self, samples):
        self.heard.append(samples)
        return a_profile(25, 50)

    def say(self, text, language, profile, speed, manner, step):
        self.said.append((text, language, speed, manner))
        self.voice = profile
        step(0.5)
        if self.during is not None:
            self.during(step)
        at = np.arange(round(RATE / 2 / speed)) / RATE
        return (0.1 * np.sin(2 * np.pi * 150 * at)).astype(np.float32)


@pytest.fixture
def speaker():
    return HummingSpeaker()


@pytest.fixture
def engine(speaker):
    return ChatterboxEngine(speaker, model("chatterbox"))


@pytest.fixture
def voice(tmp_path):
    path = tmp_path / "voice.npy"
    save_profile(a_profile(), path)
    return path


def words(speaker):
    return " ".join(text for text, *_ in speaker.said)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


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


@pytest.mark.parametrize(("speech", "prompt"), [(1, 1), (25, 50), (150, 250)])
def test_a_profile_comes_back_from_its_file_of_plain_numbers_which_the_backend_takes(
    tmp_path, speech, prompt
):
    kept, path = a_profile(speech, prompt), tmp_path / "profile.npy"
    save_profile(kept, path)

    values = np.load(path, allow_pickle=False)
    assert (values.dtype, values.shape) == (np.float32, (3 + 448 + speech + 161 * prompt,))
    profiles.check(path.read_bytes())
    assert same(load_profile(path), kept)


def changed(**values):
    record = a_profile().__dict__ | values
    return Profile(**record)


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("speaker", np.full(256, np.nan, np.float32)),
        ("prompt_mel", np.full((500, 80), np.inf, np.float32)),
        ("embedding", np.full(192, 1e30, np.float32)),
        ("speech_tokens", np.full(150, 6561, np.int32)),
        ("prompt_tokens", np.full(250, -1, np.int32)),
        ("prompt_tokens", np.full(250, 0.5, np.float32)),
    ],
)
def test_a_profile_with_what_no_voice_has_is_refused(run, tmp_path, field_name, value):
    path = tmp_path / "profile.npy"
    save_profile(changed(**{field_name: value}), path)

    with pytest.raises(EngineError, match=r"cannot be read. Clone the voice again"):
        run("tts", {"profile": path})


def test_a_profile_of_another_version_is_refused(run, tmp_path, voice):
    values = np.load(voice)
    values[0] = 2
    np.save(tmp_path / "newer.npy", values)

    with pytest.raises(EngineError, match=r"of another version. Clone the voice again"):
        run("tts", {"profile": tmp_path / "newer.npy"})


def test_each_engine_refuses_the_profile_of_the_other_one(run, record, tmp_path, voice):
    from worker.engines.procedural import create

    procedural = create()
    request = {"name": "Ada", "reference_text": "", "language": "en"}
    made = procedural.run("voice_clone", request, {"audio": record()}, tmp_path, lambda *_: None)

    with pytest.raises(EngineError, match=r"is of another engine. Clone the voice again"):
        run("tts", {"profile": made.files[1].path})
    asked = {"text": "Hello.", "speed": 1.0, "language": "en"}
    save_profile(a_profile(1, 1), tmp_path / "short.npy")
    for profile in (voice, tmp_path / "short.npy"):
        with pytest.raises(EngineError, match=r"is of another engine. Clone the voice again"):
            procedural.run("tts", asked, {"profile": profile}, tmp_path, lambda *_: None)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a profile was unpickled",))


def hostile_profiles():
    def row(speech, prompt, size):
        return np.concatenate([[1, speech, prompt], np.zeros(size)]).astype(np.float32)

    return {
        "a pickle": np.array([Trap()], dtype=object),
        "an empty one": np.zeros(0, np.float32),
        "too short to say what it is": np.ones(2, np.float32),
        "a table": np.ones((3, 300), np.float32),
        "of another type": row(1, 1, 448 + 1 + 161).astype(np.float64),
        "more tokens than there are": row(9, 9, 448 + 9 + 161),
        "no tokens": row(0, 0, 448),
        "half a token": row(1.5, 1, 448 + 1 + 161),
        "tokens without end": row(-1, 1, 448),
        "too many tokens": row(151, 1, 448 + 151 + 161),
    }


@pytest.mark.parametrize("case", hostile_profiles())
def test_an_array_of_another_kind_is_refused_and_never_unpickled(run, tmp_path, case):
    path = tmp_path / "profile.npy"
    np.save(path, hostile_profiles()[case], allow_pickle=True)

    with pytest.raises(EngineError, match=r"profile of this voice.*Clone the voice again"):
        run("tts", {"profile": path})


@pytest.mark.parametrize("cut", [0, 5, 9, 100, 4000, -1])
def test_a_profile_that_is_cut_off_is_refused(run, voice, cut):
    voice.write_bytes(voice.read_bytes()[:cut])

    with pytest.raises(EngineError, match=r"cannot be read. Clone the voice again"):
        run("tts", {"profile": voice})


def test_a_file_far_larger_than_a_profile_is_not_opened(run, tmp_path):
    path = tmp_path / "profile.npy"
    with path.open("wb") as file:
        file.truncate(500_000)

    with pytest.raises(EngineError, match="of another engine"):
        run("tts", {"profile": path})


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


@pytest.mark.parametrize("text", ["?!", "… …", "\u200e"])
def test_a_text_without_words_is_refused(run, voice, text):
    with pytest.raises(EngineError, match="nothing in the text that can be spoken"):
        run("tts", {"profile": voice}, text=text)


def test_a_recording_is_heard_at_the_speakers_rate_without_the_silence_around_it(
    run, record, speaker
):
    tone = 0.2 * np.sin(2 * np.pi * 200 * np.arange(2 * 22050) / 22050)
    quiet = np.zeros(3 * 22050)

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
