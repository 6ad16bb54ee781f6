"""Whatever an engine makes is delivered in the format that was asked for."""

import tracemalloc
import wave

import av
import numpy as np
import pytest
from PIL import Image

from firepod.domain.generation import Output
from firepod.kinds import media_kinds
from worker.engines import Cancelled, EngineError
from worker.engines.interface import OutputFile, Result
from worker.formats import in_the_formats_of

PNG, WEBP, JPEG = "image/png", "image/webp", "image/jpeg"
WAV, MP3, OGG = "audio/wav", "audio/mpeg", "audio/ogg"


def still():
    return


def formatted(path, content_type, beat=still):
    """The file that is delivered for one that an engine has made."""
    made = Result((OutputFile(path, "whatever"),), {})
    (file,) = in_the_formats_of([Output("somewhere", content_type)], made, beat).files
    return file.path


def shown(path):
    return media_kinds.sniff(path.read_bytes()[: media_kinds.SNIFF_BYTES])


@pytest.fixture
def picture(tmp_path):
    """`picture(mode)`: a PNG with a gradient, clear at its left half if the mode can be."""

    def make(mode="RGB", size=(64, 48), kind="PNG", **options):
        x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
        clear = np.where(x < 128, 0, 255)
        whole = np.stack([x, y, 255 - x, clear], axis=-1).astype(np.uint8)
        path = tmp_path / f"picture.{mode}.{kind}"
        Image.fromarray(whole).convert(mode).save(path, kind, **options)
        return path

    return make


@pytest.fixture
def tone(tmp_path):
    """`tone(seconds)`: a WAV file with a tone of 440 Hz, block by block."""

    def make(seconds=1.234, rate=22_050, channels=1):
        path = tmp_path / f"tone-{seconds}-{rate}-{channels}.wav"
        count = int(seconds * rate)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            for start in range(0, count, 1 << 16):
                at = np.arange(start, min(count, start + (1 << 16)))
                mono = (np.sin(at * (2 * np.pi * 440 / rate)) * 12_000).astype("<i2")
                file.writeframes(np.repeat(mono, channels).tobytes())
        return path

    return make


def heard(path):
    """Samples of the first channel, -1..1, and their rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp")
        frames = [
            piece for frame in container.decode(stream) for piece in resampler.resample(frame)
        ]
        return np.concatenate([frame.to_ndarray()[0] for frame in frames]), stream.rate


@pytest.mark.parametrize("content_type", [PNG, WEBP, JPEG])
def test_a_picture_comes_in_each_format_and_looks_the_same(picture, content_type):
    path = formatted(picture(size=(200, 160)), content_type)

    assert shown(path) == content_type
    with Image.open(path) as image, Image.open(picture(size=(200, 160))) as made:
        assert image.size == made.size
        difference = np.abs(np.asarray(image, np.int16) - np.asarray(made, np.int16))
    assert difference.mean() < 3


@pytest.mark.parametrize("wanted", [PNG, WEBP, JPEG])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_an_engine_may_make_any_of_the_formats(picture, kind, wanted):
    made = picture(kind=kind)
    path = formatted(made, wanted)

    assert shown(path) == wanted
    assert (path == made) == (wanted == f"image/{kind.lower()}")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("wanted", [WEBP, JPEG])
def test_every_kind_of_pixels_can_be_written(picture, tmp_path, mode, wanted):
    if mode.startswith("I"):
        made = tmp_path / "deep.png"
        levels = np.linspace(0, 65_535, 64 * 48).reshape(48, 64).astype(np.uint16)
        Image.fromarray(levels).convert(mode).save(made)
    else:
        kind = "PNG" if mode != "PA" else None
        made = picture(mode if kind else "LA")

    with Image.open(formatted(made, wanted)) as image:
        assert image.size == (64, 48)
        grey = np.asarray(image.convert("L"), np.int16)
    assert grey.max() - grey.min() > 100
    if mode == "I;16":
        assert grey[24, 0] == pytest.approx(128, abs=4)


def test_what_is_clear_stays_clear_in_webp_and_is_white_in_jpeg(picture):
    with Image.open(formatted(picture("RGBA"), WEBP)) as webp:
        assert webp.convert("RGBA").getpixel((5, 5))[3] == 0
    with Image.open(formatted(picture("RGBA"), JPEG)) as jpeg:
        assert min(jpeg.getpixel((5, 5))) > 245


def test_what_engines_write_beside_the_pixels_is_not_handed_on(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("parameters", "a secret prompt")
    said.add_text("comment", "a secret prompt")
    path = tmp_path / "told.png"
    Image.new("RGB", (32, 32), "teal").save(path, pnginfo=said)

    for wanted in (WEBP, JPEG):
        assert b"secret" not in formatted(path, wanted).read_bytes()


def test_a_picture_that_lies_on_its_side_is_turned(tmp_path):
    lying = Image.Exif()
    lying[0x0112] = 6
    path = tmp_path / "lying.jpg"
    Image.new("RGB", (64, 32)).save(path, exif=lying)

    with Image.open(formatted(path, WEBP)) as image:
        assert image.size == (32, 64)
        assert not image.getexif()


def test_colours_keep_their_profile(picture):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for wanted in (WEBP, JPEG):
        with Image.open(formatted(picture(icc_profile=profile), wanted)) as image:
            assert image.info["icc_profile"] == profile


def test_a_picture_too_large_for_webp_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "long.png"
    Image.new("1", (16_384, 2)).save(path)

    with pytest.raises(EngineError, match=r"16383 pixels to a side\. Ask for png or jpeg"):
        formatted(path, WEBP)


@pytest.mark.parametrize("wanted", [WEBP, JPEG, MP3, OGG])
def test_the_same_file_gives_the_same_bytes(picture, tone, wanted):
    made = tone() if wanted.startswith("audio") else picture()

    assert formatted(made, wanted).read_bytes() == formatted(made, wanted).read_bytes()


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("wanted", [MP3, OGG])
def test_sound_comes_in_each_format_with_its_length_and_its_pitch(tone, wanted, rate):
    path = formatted(tone(rate=rate), wanted)

    assert shown(path) == wanted
    samples, played_at = heard(path)
    assert len(samples) / played_at == pytest.approx(1.234, abs=0.05)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * played_at / len(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(12_000 / 32_768, abs=0.05)


@pytest.mark.parametrize("wanted", [WAV, MP3, OGG])
@pytest.mark.parametrize("made", [WAV, MP3, OGG])
def test_an_engine_may_make_sound_in_any_of_the_formats(tone, made, wanted):
    path = formatted(formatted(tone(), made), wanted)

    assert shown(path) == wanted
    samples, rate = heard(path)
    assert len(samples) / rate == pytest.approx(1.234, abs=0.05)


@pytest.mark.parametrize("wanted", [MP3, OGG])
def test_stereo_stays_stereo(tone, wanted):
    with av.open(str(formatted(tone(channels=2), wanted))) as container:
        assert container.streams.audio[0].channels == 2


@pytest.mark.parametrize(("wanted", "most"), [(MP3, 4_000_000), (OGG, 2_500_000)])
def test_five_minutes_of_speech_are_small_and_need_little_memory(tone, wanted, most):
    """Measured with 20 s: the encoders write so many bits a second, whatever they hear."""
    made = tone(20)
    tracemalloc.start()
    try:
        path = formatted(made, wanted)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert path.stat().st_size * 15 < most
    assert peak < 1_000_000  # the file as floats would be 1.8 MB


def test_a_stop_is_heard_while_sound_is_written(tone):
    beats = []

    def beat():
        beats.append(1)
        if len(beats) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        formatted(tone(10), MP3, beat)
    assert len(beats) == 3


@pytest.mark.parametrize("wanted", [PNG, WEBP, JPEG, WAV, MP3, OGG, "video/mp4"])
@pytest.mark.parametrize(
    "made", [b"", b"nothing", b"RIFF\0\0\0\0WAVEfmt ", b"\x89PNG\r\n\x1a\nrest"]
)
def test_what_cannot_be_read_stays_as_it_is(tmp_path, wanted, made):
    path = tmp_path / "made"
    path.write_bytes(made)

    assert formatted(path, wanted) == path
    assert path.read_bytes() == made


def test_a_file_without_any_sound_stays_as_it_is(tone):
    empty = tone(0)

    assert formatted(empty, MP3) == empty


def test_other_outputs_stay_as_they_are(tone, tmp_path):
    profile = tmp_path / "profile.npy"
    np.save(profile, np.zeros(3))
    files = (OutputFile(tone(), WAV), OutputFile(profile, "application/octet-stream"))
    outputs = [Output("s", MP3), Output("p", "application/octet-stream")]

    sample, kept = in_the_formats_of(outputs, Result(files, {"rate": 1}), still).files

    assert shown(sample.path) == MP3
    assert kept == files[1]
    assert in_the_formats_of(outputs[:1], Result(files, {}), still).files == files
