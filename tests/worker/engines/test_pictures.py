import io

import numpy as np
import pytest
from PIL import Image

from firepod.protocol.previews import data_url
from worker.encoding.small import PREVIEW_SIDE
from worker.engines import Cancelled, EngineError


def pixels(file):
    with Image.open(file.path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"), dtype=np.int16)


def difference(one, other):
    """Mean distance of two pictures, 0..255."""
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("size", [(256, 256), (512, 320), (264, 776), (2048, 256)])
def test_a_picture_has_exactly_the_size_that_was_asked_for(run, size):
    (file,) = run("text2img", width=size[0], height=size[1]).files

    assert file.content_type == "image/png"
    assert pixels(file).shape == (size[1], size[0], 3)


def test_the_same_request_and_seed_give_the_same_bytes(run):
    first, second = run("text2img"), run("text2img")

    assert first.files[0].path.read_bytes() == second.files[0].path.read_bytes()
    assert first.info == {"seed": 41}


def test_another_seed_gives_another_picture(run):
    one, other = run("text2img"), run("text2img", seed=42)

    assert difference(pixels(one.files[0]), pixels(other.files[0])) > 4


def test_each_of_several_pictures_is_the_one_of_the_next_seed(run):
    four = run("text2img", num_images=4)
    third = run("text2img", seed=43)

    assert len({file.path.read_bytes() for file in four.files}) == 4
    assert four.files[2].path.read_bytes() == third.files[0].path.read_bytes()


SUBJECTS = [
    "a sunset over the sea",
    "a misty forest",
    "a neon city in the rain",
    "an abstract portrait",
    "a galaxy with a planet",
    "a bouquet of flowers",
    "snowy mountains",
    "dunes in the desert",
    "swirling ink",
]


def test_each_subject_is_a_visibly_different_picture(run):
    pictures = [pixels(run("text2img", prompt=prompt).files[0]) for prompt in SUBJECTS]

    distances = [difference(one, other) for i, one in enumerate(pictures) for other in pictures[:i]]
    assert min(distances) > 20
    assert min(float(picture.std()) for picture in pictures) > 25


def test_words_that_it_does_not_know_still_change_the_picture(run):
    one, other = run("text2img", prompt="zwölf Gedanken"), run("text2img", prompt="שלום עולם 🎈")

    assert difference(pixels(one.files[0]), pixels(other.files[0])) > 20


def test_a_named_colour_shows(run):
    red = pixels(run("text2img", prompt="a crimson mountain range").files[0])
    green = pixels(run("text2img", prompt="an emerald mountain range").files[0])

    assert red[..., 0].mean() - red[..., 1].mean() > 25
    assert green[..., 1].mean() - green[..., 0].mean() > 10


def test_a_colour_in_the_negative_prompt_is_muted(run):
    plain = pixels(run("text2img", prompt="a red abstract pattern").files[0])
    muted = pixels(run("text2img", prompt="a red abstract pattern", negative_prompt="red").files[0])

    def redness(picture):
        return float((picture[..., 0] - picture[..., 1:].mean(axis=-1)).mean())

    assert redness(muted) < redness(plain) - 15


def test_the_negative_prompt_removes_the_sun(run):
    plain = pixels(run("text2img").files[0])
    without = pixels(run("text2img", negative_prompt="sun").files[0])

    assert (plain.min(axis=-1) > 225).sum() > 200
    assert (without.min(axis=-1) > 225).sum() < 50


def test_guidance_raises_the_contrast(run):
    low, high = (
        float(pixels(run("text2img", guidance_scale=scale).files[0]).std()) for scale in (0, 20)
    )

    assert high > low * 1.2


def test_more_steps_blend_the_strokes_further(run):
    def roughness(steps):
        picture = pixels(run("text2img", prompt="swirling ink", steps=steps).files[0])
        return float(np.abs(np.diff(picture, axis=1)).mean())

    assert roughness(1) > roughness(30) * 1.1


@pytest.mark.parametrize("task", ["text2img", "img2img"])
def test_progress_only_grows_and_reaches_one(run, fractions, start, task):
    run(task, {"init_image": start}, num_images=2, steps=20)

    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert len(fractions) > 60


def test_a_picture_can_be_looked_at_while_it_is_painted(run, previews):
    run("text2img", width=1024, height=512)
    assert data_url(previews[0])
    with Image.open(io.BytesIO(previews[0])) as preview:
        assert preview.size == (PREVIEW_SIDE, PREVIEW_SIDE // 2)
        assert np.asarray(preview).std() > 10


def test_a_cancelled_picture_stops_within_the_step(engine, picture_request, tmp_path):
    calls = []

    def step(fraction, _preview=None):
        calls.append(fraction)
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run("text2img", picture_request, {}, tmp_path, step)
    assert sum(fraction > 0.3 for fraction in calls) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def start(tmp_path):
    """A picture with a bright disk on a blue ground."""
    y, x = np.mgrid[0:300, 0:400]
    disk = np.hypot(x - 200, y - 150) < 90
    picture = np.where(disk[..., None], [250, 220, 90], [20, 60, 160]).astype(np.uint8)
    path = tmp_path / "start.png"
    Image.fromarray(picture).save(path)
    return path


def test_strength_zero_keeps_the_start_image(run, start):
    result = pixels(run("img2img", {"init_image": start}, strength=0.0).files[0])

    with Image.open(start) as image:
        middle = image.crop((50, 0, 350, 300)).resize((256, 256), Image.Resampling.LANCZOS)
        expected = np.asarray(middle, dtype=np.int16)
    assert difference(result, expected) < 1


def test_strength_leads_away_from_the_start_image(run, start):
    results = [
        pixels(run("img2img", {"init_image": start}, strength=strength).files[0])
        for strength in (0.0, 0.2, 0.5, 0.8, 1.0)
    ]

    distances = [difference(result, results[0]) for result in results]
    assert distances == sorted(distances)
    scene = pixels(run("text2img").files[0])
    assert difference(results[-1], scene) < difference(results[1], scene) / 3


def test_a_start_image_is_turned_upright(run, tmp_path):
    picture = Image.new("RGB", (300, 300), "black")
    picture.paste("white", (0, 0, 300, 150))
    exif = picture.getexif()
    exif[0x0112] = 3  # upside down
    path = tmp_path / "phone.jpg"
    picture.save(path, exif=exif)

    result = pixels(run("img2img", {"init_image": path}, strength=0.0).files[0])

    assert result[:100].mean() < 20
    assert result[-100:].mean() > 235


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "1", "I;16"])
def test_start_images_of_every_mode_are_read(run, tmp_path, mode):
    path = tmp_path / "start.png"
    Image.new(mode, (90, 40)).save(path)

    assert pixels(run("img2img", {"init_image": path}).files[0]).shape == (256, 256, 3)


def test_what_is_no_picture_is_refused(run, tmp_path):
    path = tmp_path / "start.png"
    path.write_bytes(b"RIFF....WAVEfmt not a picture")

    with pytest.raises(EngineError, match=r"could not be read\. Use a PNG, JPEG or WebP"):
        run("img2img", {"init_image": path})


def test_half_a_picture_is_refused(run, start):
    start.write_bytes(start.read_bytes()[:600])

    with pytest.raises(EngineError, match="damaged"):
        run("img2img", {"init_image": start})


def test_a_picture_that_is_enormous_in_memory_is_refused(run, tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (20000, 20000)).save(path)

    with pytest.raises(EngineError, match="too large"):
        run("img2img", {"init_image": path})


def test_a_task_that_it_does_not_know_is_refused(run):
    with pytest.raises(EngineError, match="text2music"):
        run("text2music")
