import threading
import wave

import numpy as np
import pytest

from worker.engines import Cancelled, EngineError, load_engine
from worker.engines.procedural.speech.languages import known_language, passages

STORY = (
    "The ferry left at half past nine, and the gulls went along as far as the pier. "
    "Nobody looked up. Far away a dog was barking at the moon, or so it seemed."
)


def sound(file):
    with wave.open(str(file.path)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (
            1,
            2,
            22050,
        )
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").astype(np.float32)


def test_speech_is_one_wav_of_the_length_that_it_reports(run, voice):
    result = run("tts", {"profile": voice()}, text=STORY)

    (file,) = result.files
    samples = sound(file)
    assert file.content_type == "audio/wav"
    assert result.info["sample_rate"] == 22050
    assert result.info["duration_seconds"] == pytest.approx(len(samples) / 22050, abs=0.001)
    assert 7 < result.info["duration_seconds"] < 14


def test_speech_has_the_pitch_of_its_voice(run, voice, heard):
    spoken = [
        heard(run("tts", {"profile": voice(speaker)}, text=STORY).files[0].path).pitch
        for speaker in ("low", "middle", "high")
    ]

    assert spoken == pytest.approx([71, 128, 243], rel=0.06)


def test_the_two_speeds_halve_and_double_the_duration(run, voice):
    profile = voice()
    slow, normal, fast = (
        run("tts", {"profile": profile}, text=STORY, speed=speed).info["duration_seconds"]
        for speed in (0.5, 1.0, 2.0)
    )

    assert slow / normal == pytest.approx(2, rel=0.12)
    assert fast / normal == pytest.approx(0.5, rel=0.12)


@pytest.mark.parametrize("speaker", ["low", "middle", "high"])
@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_no_peak_is_cut_off_and_the_speech_is_loud_enough(run, voice, speaker, speed):
    samples = sound(run("tts", {"profile": voice(speaker)}, text=STORY, speed=speed).files[0])

    assert np.abs(samples).max() < 32000
    assert np.abs(samples).max() > 6000
    assert abs(float(samples.mean())) < 60


@pytest.mark.parametrize("speaker", ["low", "middle", "high"])
def test_speech_keeps_the_formants_that_tell_vowels_apart(run, voice, speaker):
    """The vowel of "ma" is loud from 500 to 1300 Hz, that of "me" from 1800 to 4000 Hz."""
    profile = voice(speaker)

    def decibels(text, low, high):
        samples = sound(run("tts", {"profile": profile}, text=text).files[0])
        power = np.abs(np.fft.rfft(samples)) ** 2
        hertz = np.fft.rfftfreq(len(samples), 1 / 22050)
        return 10 * np.log10(power[(hertz > low) & (hertz < high)].sum() / power[hertz > 80].sum())

    assert decibels("ma ma ma", 500, 1300) > decibels("me me me", 500, 1300) + 6
    assert decibels("me me me", 1800, 4000) > decibels("ma ma ma", 1800, 4000) + 3


def test_speech_is_silent_between_sentences_and_sounds_within_them(run, voice):
    samples = sound(run("tts", {"profile": voice()}, text="One. Two. Three.").files[0])

    loud = np.abs(samples[: len(samples) // 441 * 441]).reshape(-1, 441).max(axis=1) > 600
    onsets = np.flatnonzero(np.diff(np.convolve(loud, np.ones(9), "same") > 0))
    assert 4 <= len(onsets) <= 6


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("שלום לכולם, מה שלומכם היום?", None),
        ("مرحبا بالعالم، كيف حالكم اليوم؟", "ar"),
        ("Bonjour à tous", "fr-FR"),
        ("Good day", "en-GB"),
        ("Hello, שלום, привет, 你好, こんにちは, 안녕하세요!", None),
        ("Grüße aus München, schönen Tag noch", "de-DE"),
        ("🎉🎂 happy birthday 👩‍👩‍👧‍👦!", None),
        ("🎉", None),
        ("\u202ehello\u202c\u200f\0\x07 there\ufeff", None),
        ("<speak>1 < 2 & [[h@l'oU]]</speak>", None),
        ("日本語と English を混ぜる。", "ja"),
        ("x" * 5000, None),
    ],
)
def test_every_kind_of_text_is_spoken(run, voice, text, language):
    result = run("tts", {"profile": voice()}, text=text, language=language)

    assert result.info["duration_seconds"] > 0.4
    assert np.abs(sound(result.files[0])).max() > 3000


def test_five_thousand_characters_are_spoken_to_the_end(run, voice, fractions):
    profile = voice()
    one = run("tts", {"profile": profile}, text=STORY + "\n").info["duration_seconds"]
    fractions.clear()
    text = (STORY + "\n") * (5000 // (len(STORY) + 1))
    whole = run("tts", {"profile": profile}, text=text).info["duration_seconds"]

    told = 5000 // (len(STORY) + 1)
    assert one * told < whole < (one + 0.5) * told  # a pause before each but the first
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(fractions) > 1000


@pytest.mark.parametrize("text", [" ", "\n\t\u00a0\u3000", "...", "?!", "\u200f\u200e", "—"])
def test_text_with_nothing_to_say_is_refused(run, voice, text):
    with pytest.raises(EngineError, match=r"nothing in the text that can be spoken\. Write some"):
        run("tts", {"profile": voice()}, text=text)


@pytest.mark.parametrize("language", ["klingon", "xx", "../../etc/passwd", "-", "d" * 500])
def test_an_unknown_language_is_refused_and_a_few_are_named(run, voice, language):
    with pytest.raises(EngineError, match=r"is not known\. Use a code such as en, de, fr"):
        run("tts", {"profile": voice()}, language=language)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (None, "en-us"),
        ("", "en-us"),
        ("EN", "en-us"),
        ("en-GB", "en-gb"),
        ("de_AT", "de"),
        ("zh-Hans-CN", "cmn"),
        ("pt-BR", "pt-br"),
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("no", "no"),
        ("es-MX", "es-mx"),
    ],
)
def test_language_tags_are_understood(tag, code):
    assert known_language(tag) == code


def test_text_is_split_where_its_script_changes():
    assert list(passages("Say 3 times שלום, then привет 🎉", "en-gb")) == [
        ("Say 3 times ", "en-gb"),
        ("שלום, ", "he"),
        ("then ", "en-gb"),
        ("привет 🎉", "ru"),
    ]
    assert list(passages("漢字とかな", "en-us")) == [("漢字とかな", "ja")]
    assert list(passages("123", "de")) == [("123", "de")]


def test_two_threads_speak_at_the_same_time_without_mixing(voice, heard, tmp_path):
    profiles = {"low": voice("low"), "high": voice("high")}
    engine = load_engine()
    spoken = {}

    def say(name, count):
        for number in range(count):
            folder = tmp_path / f"{name}_{number}"
            folder.mkdir()
            request = {"text": STORY, "speed": 1.0, "language": None}
            result = engine.run(
                "tts", request, {"profile": profiles[name]}, folder, lambda *_: None
            )
            spoken.setdefault(name, []).append(heard(result.files[0].path).pitch)

    threads = [threading.Thread(target=say, args=(name, 4)) for name in profiles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert spoken["low"] == pytest.approx([71] * 4, rel=0.06)
    assert spoken["high"] == pytest.approx([243] * 4, rel=0.06)


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.3, 0.8])
def test_cancelled_speech_stops_at_once(engine, voice, tmp_path, limit):
    calls = []

    def step(fraction, _preview=None):
        calls.append(fraction)
        if fraction >= limit:
            raise Cancelled

    request = {"text": STORY, "speed": 1.0, "language": None}
    with pytest.raises(Cancelled):
        engine.run("tts", request, {"profile": voice()}, tmp_path, step)
    assert sum(fraction >= limit for fraction in calls) == 1


def bad_profiles():
    good = np.zeros(48, dtype=np.float32)
    good[:8] = [1, 120, 2, 3, -20, -5, 8000, 9]
    other_version, not_finite, no_pitch = good.copy(), good.copy(), good.copy()
    other_version[0], not_finite[9], no_pitch[1] = 2, np.nan, 0
    return {
        "other version": other_version,
        "not finite": not_finite,
        "no pitch": no_pitch,
        "wrong shape": np.zeros((2, 24), dtype=np.float32),
        "wrong type": good.astype(np.float64),
        "text": np.array(["a" * 10]),
        "huge": np.zeros(10_000, dtype=np.float32),
    }


@pytest.mark.parametrize("case", bad_profiles())
def test_a_profile_of_another_kind_is_refused(run, tmp_path, case):
    path = tmp_path / "profile.npy"
    np.save(path, bad_profiles()[case])

    with pytest.raises(EngineError, match=r"profile of this voice.*Clone the voice again"):
        run("tts", {"profile": path})


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a profile was unpickled",))


def test_a_profile_with_a_pickle_is_refused_and_never_opened(run, tmp_path):
    path = tmp_path / "profile.npy"
    np.save(path, np.array([Bomb()], dtype=object), allow_pickle=True)

    with pytest.raises(EngineError, match="Clone the voice again"):
        run("tts", {"profile": path})


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"PK\x03\x04 zip", b"\x93NUMPY\x01\x00\xff\xff{" + b"(" * 900]
)
def test_a_profile_that_is_no_array_is_refused(run, tmp_path, content):
    path = tmp_path / "profile.npy"
    path.write_bytes(content)

    with pytest.raises(EngineError, match="Clone the voice again"):
        run("tts", {"profile": path})
