import tracemalloc
import wave

import numpy as np
import pytest
from PIL import Image

from worker.engines import Cancelled, EngineError


def test_a_clone_is_a_sample_and_a_profile(run, record):
    result = run("voice_clone", {"audio": record()})

    sample, profile = result.files
    assert (sample.content_type, profile.content_type) == ("audio/wav", "application/octet-stream")
    with wave.open(str(sample.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
        seconds = file.getnframes() / 22050
    assert result.info["duration_seconds"] == pytest.approx(seconds, abs=0.001)
    assert 2 < seconds < 6
    values = np.load(profile.path, allow_pickle=False)
    assert (values.dtype, values.shape, values[0]) == (np.float32, (48,), 1)
    assert result.info["pitch_hz"] == pytest.approx(float(values[1]), abs=0.1)
    assert float(values[8:].mean()) == pytest.approx(0, abs=0.01)


def test_the_pitch_of_a_voice_is_measured(run, record):
    pitches = [
        run("voice_clone", {"audio": record(speaker)}).info["pitch_hz"]
        for speaker in ("low", "middle", "high")
    ]

    assert pitches == pytest.approx([71, 128, 243], rel=0.04)


def test_the_pitch_of_a_plain_tone_is_exact(run, record):
    at = np.arange(3 * 22050) / 22050
    tone = sum(np.sin(2 * np.pi * 187.5 * n * at) / n for n in range(1, 12)) * 0.2

    result = run("voice_clone", {"audio": record(tone)})

    assert result.info["pitch_hz"] == pytest.approx(187.5, abs=0.3)


def test_a_low_recording_gives_a_lower_sample(run, record, heard):
    samples = [
        heard(run("voice_clone", {"audio": record(speaker)}).files[0].path)
        for speaker in ("low", "middle", "high")
    ]

    assert [sample.pitch for sample in samples] == pytest.approx([71, 128, 243], rel=0.06)


def test_the_sample_takes_on_the_timbre_of_the_recording(run, record, heard):
    """Heard through a wall (dull) and through a telephone (thin): so must the samples be."""
    plain = record()
    spectrum = np.fft.rfft(np.frombuffer(plain.read_bytes()[44:], "<i2") / 32768)
    hertz = np.fft.rfftfreq(2 * (len(spectrum) - 1), 1 / 22050)
    dull = np.fft.irfft(spectrum / (1 + (hertz / 600) ** 2))
    thin = np.fft.irfft(spectrum * (hertz / 1200) / (1 + hertz / 1200))

    tilts = [
        heard(run("voice_clone", {"audio": record(sound)}).files[0].path).tilt
        for sound in (dull, plain_samples(plain), thin)
    ]

    assert tilts[0] < tilts[1] - 1
    assert tilts[1] < tilts[2] - 1


def plain_samples(path):
    return np.frombuffer(path.read_bytes()[44:], "<i2") / 32768


def test_the_sample_says_the_reference_text_when_there_is_one(run, record):
    short = run("voice_clone", {"audio": record()}, reference_text="Yes.")
    long = run("voice_clone", {"audio": record()}, reference_text="Yes, and so on. " * 8)

    assert short.info["duration_seconds"] < 1.5
    assert long.info["duration_seconds"] > 6


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_reference_text_without_words_is_passed_over(run, record, text):
    given = run("voice_clone", {"audio": record()}, reference_text=text)
    none = run("voice_clone", {"audio": record()})

    # espeak's breath is noise, and no two of its sentences are quite equally long
    assert given.info["duration_seconds"] == pytest.approx(none.info["duration_seconds"], rel=0.05)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("extension", "rate"),
    [
        ("wav", 8000),
        ("wav", 48000),
        ("mp3", 8000),
        ("mp3", 44100),
        ("ogg", 48000),
        ("flac", 16000),
        ("m4a", 22050),
        ("m4a", 48000),
        ("webm", 48000),
    ],
)
def test_every_format_rate_and_channel_count_gives_the_same_voice(
    heard, record, extension, rate, channels
):
    voice = heard(record(name=f"recording.{extension}", rate=rate, channels=channels))

    assert voice.pitch == pytest.approx(128, rel=0.02)
    assert voice.seconds == pytest.approx(7.3, abs=0.3)


def test_a_wrong_extension_does_no_harm(run, record):
    recording = record(name="recording.mp3")

    assert run("voice_clone", {"audio": recording.rename(recording.with_suffix(".wav"))}).files


def test_a_recording_that_breaks_off_is_used_as_far_as_it_goes(heard, record):
    for extension in ("wav", "mp3", "flac", "ogg", "webm"):
        recording = record(name=f"recording.{extension}")
        recording.write_bytes(recording.read_bytes()[: recording.stat().st_size // 2])

        assert heard(recording).pitch == pytest.approx(128, rel=0.04)


def test_thirty_minutes_are_neither_decoded_nor_kept(heard, tmp_path):
    at = np.arange(8000 * 60) / 8000
    minute = sum(np.sin(2 * np.pi * 120 * n * at) / n for n in range(1, 6)) * 0.2
    recording = tmp_path / "long.wav"
    with wave.open(str(recording), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        for _ in range(30):
            file.writeframes((minute * 32767).astype("<i2").tobytes())

    tracemalloc.start()
    voice = heard(recording)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert voice.seconds == pytest.approx(180, abs=1)
    assert peak < 200_000_000


def refused(run, path):
    with pytest.raises(EngineError) as caught:
        run("voice_clone", {"audio": path})
    return str(caught.value)


def test_silence_is_refused(run, record):
    assert "is silent. Record at least" in refused(run, record(np.zeros(22050 * 5)))


def test_a_fifth_of_a_second_is_refused(run, record):
    sentence = refused(run, record(np.sin(np.arange(4410) * 0.05) * 0.3))

    assert sentence.startswith("The recording is too short (0.2 seconds). Record at least")


def test_a_word_in_a_long_silence_is_refused(run, record):
    sound = np.zeros(22050 * 6)
    sound[30000:38000] = np.sin(np.arange(8000) * 0.04) * 0.3

    assert "less than a second of speech" in refused(run, record(sound))


def test_noise_without_a_voice_is_refused(run, record):
    noise = np.random.default_rng(1).normal(0, 0.1, 22050 * 4)

    assert "No voice could be heard" in refused(run, record(noise))


def test_a_picture_that_is_called_a_recording_is_refused(run, tmp_path):
    path = tmp_path / "recording.wav"
    Image.new("RGB", (64, 64)).save(path, "PNG")

    assert "Use a recording as WAV, MP3" in refused(run, path)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"RIFF\xff\xff\xff\xffWAVEfmt ", b"hello"])
def test_what_is_no_audio_is_refused(run, tmp_path, content):
    path = tmp_path / "recording.wav"
    path.write_bytes(content)

    assert "Use a recording as WAV, MP3" in refused(run, path)


def test_a_file_cut_to_its_header_is_refused(run, record):
    for extension in ("wav", "mp3", "m4a", "flac", "ogg", "webm"):
        recording = record(name=f"recording.{extension}")
        recording.write_bytes(recording.read_bytes()[:300])

        assert "ecord" in refused(run, recording)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
    ],
)
def test_a_playlist_cannot_name_another_file(run, record, tmp_path, playlist):
    path = tmp_path / "recording.wav"
    path.write_text(playlist.format(record(name="secret.mp3").name))

    assert "not audio that can be read" in refused(run, path)


def test_a_film_without_sound_is_refused(run):
    film = run("text2video", num_frames=3).files[0].path

    assert "holds no sound" in refused(run, film)


def test_an_unknown_language_is_refused(run, record):
    with pytest.raises(EngineError, match=r"'tlh-x' is not known\. Use a code such as en, de"):
        run("voice_clone", {"audio": record()}, language="tlh-x")


def test_progress_only_grows_and_reaches_one(run, record, fractions):
    run("voice_clone", {"audio": record()})

    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert len(fractions) > 20


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.4, 0.7, 0.95])
def test_a_cancelled_clone_stops_at_once(engine, record, tmp_path, limit):
    calls = []

    def step(fraction, _preview=None):
        calls.append(fraction)
        if fraction >= limit:
            raise Cancelled

    request = {"name": "Ada", "reference_text": None, "language": None}
    with pytest.raises(Cancelled):
        engine.run("voice_clone", request, {"audio": record()}, tmp_path, step)
    assert sum(fraction >= limit for fraction in calls) == 1
