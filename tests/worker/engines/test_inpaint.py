import numpy as np
import pytest
from PIL import Image

from worker.engines import EngineError

WIDTH, HEIGHT = 320, 256


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)


def written(path, array, **options):
    Image.fromarray(np.asarray(array, dtype=np.uint8)).save(path, **options)
    return path


@pytest.fixture
def start(tmp_path):
    """Noise of the asked size, so that every pixel that changes shows."""
    noise = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3))
    return written(tmp_path / "start.png", noise)


@pytest.fixture
def half():
    """Black on the left, white on the right."""
    mask = np.zeros((HEIGHT, WIDTH))
    mask[:, WIDTH // 2 :] = 255
    return mask


@pytest.fixture
def inpaint(run, start, tmp_path):
    """The pixels that come of a mask over the start picture."""

    def of(mask, name="mask.png", picture=start, **changes):
        path = mask if isinstance(mask, type(tmp_path)) else written(tmp_path / name, mask)
        inputs = {"init_image": picture, "mask_image": path}
        size = {"width": WIDTH, "height": HEIGHT}
        (file,) = run("inpaint", inputs, **size, **changes).files
        return pixels(file.path)

    return of


def changed(one, other):
    return np.abs(one - other).max(axis=-1)


@pytest.mark.parametrize("strength", [0.05, 0.6, 1.0])
def test_what_is_black_keeps_its_bytes_and_what_is_white_is_painted_anew(
    inpaint, start, half, strength
):
    difference = changed(inpaint(half, strength=strength), pixels(start))

    assert difference[:, : WIDTH // 2].max() == 0
    assert difference[:, WIDTH // 2 + 16 :].mean() > 200 * min(strength, 0.2)


def test_the_edge_of_what_is_painted_is_soft(inpaint, half, tmp_path):
    grey = written(tmp_path / "grey.png", np.full((HEIGHT, WIDTH, 3), 255))
    one = inpaint(half, picture=grey, strength=1.0, prompt="a black night")
    distance = 255 - one[:, WIDTH // 2 : WIDTH // 2 + 16].mean(axis=(0, 2))

    assert 0 < distance[0] < distance[2] < distance[6]


def test_a_stroke_of_one_pixel_is_not_lost(inpaint, start):
    mask = np.zeros((HEIGHT, WIDTH))
    mask[100] = 255
    difference = changed(inpaint(mask, strength=1.0), pixels(start))

    assert difference[100].mean() > 15
    assert difference[:100].max() == difference[101:].max() == 0


def test_grey_is_painted_in_part(inpaint, start):
    size = (HEIGHT, WIDTH)
    whole, part = (inpaint(np.full(size, level), strength=1.0) for level in (255, 128))

    assert changed(part, pixels(start)).mean() < 0.7 * changed(whole, pixels(start)).mean()
    assert changed(part, pixels(start)).mean() > 5


def test_what_is_transparent_in_a_mask_stays(inpaint, start, half):
    white = np.full((HEIGHT, WIDTH, 4), 255)
    white[..., 3] = half

    assert changed(inpaint(white), pixels(start))[:, : WIDTH // 2].max() == 0
    assert (inpaint(white) == inpaint(half)).all()


def test_the_grain_of_a_jpeg_mask_is_no_white(inpaint, start, half, tmp_path):
    mask = written(tmp_path / "mask.jpg", half, quality=60)
    difference = changed(inpaint(mask), pixels(start))

    assert difference[:, : WIDTH // 2 - 8].max() == 0


def test_a_level_near_white_is_painted_like_white(inpaint):
    almost, white = (np.full((HEIGHT, WIDTH), level) for level in (248, 255))

    assert (inpaint(almost) == inpaint(white)).all()


@pytest.mark.parametrize("kind", ["tiff", "eps", "gif"])
def test_a_mask_of_a_kind_that_is_not_offered_is_not_even_decoded(inpaint, half, tmp_path, kind):
    with pytest.raises(EngineError, match=r"mask could not be read\. Use a PNG, JPEG or WebP"):
        inpaint(written(tmp_path / f"mask.{kind}", half))


def test_a_mask_of_another_size_lies_over_the_whole_picture(inpaint, start, half):
    small = half[::8, ::4]
    difference = changed(inpaint(small), pixels(start))

    assert difference[:, : WIDTH // 2 - 4].max() == 0
    assert difference[:, WIDTH // 2 + 16 :].mean() > 20


def sides(difference, edge):
    """The most that is left of an edge, and the mean of what is clearly right of it."""
    return difference[:, : edge - 4].max(), difference[:, edge + 16 :].mean()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_mask_is_cropped_as_its_picture_is(inpaint, tmp_path, orientation):
    """Of a picture twice as wide the middle is shown, even if it is stored on its side."""
    size = (HEIGHT, 2 * WIDTH, 3) if orientation == 1 else (2 * WIDTH, HEIGHT, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    wide = written(tmp_path / "wide.png", np.full(size, 90), exif=exif)
    mask = np.zeros((HEIGHT, WIDTH))
    mask[:, WIDTH * 5 // 8 :] = 255
    difference = changed(inpaint(mask, picture=wide), np.full((HEIGHT, WIDTH, 3), 90))

    left, right = sides(difference, WIDTH * 3 // 4)
    assert left == 0
    assert right > 5


def test_a_mask_is_cropped_at_its_top_and_bottom_where_its_picture_is(inpaint, tmp_path):
    high = written(tmp_path / "high.png", np.full((2 * HEIGHT, WIDTH, 3), 90))
    mask = np.zeros((HEIGHT, WIDTH))
    mask[HEIGHT * 5 // 8 :] = 255
    difference = changed(inpaint(mask, picture=high), np.full((HEIGHT, WIDTH, 3), 90))

    top, bottom = sides(difference.T, HEIGHT * 3 // 4)
    assert top == 0
    assert bottom > 5


def test_each_of_several_pictures_has_the_same_bytes_where_the_mask_is_black(
    run, start, half, tmp_path
):
    inputs = {"init_image": start, "mask_image": written(tmp_path / "mask.png", half)}
    files = run("inpaint", inputs, width=WIDTH, height=HEIGHT, num_images=2).files
    one, other = (pixels(file.path) for file in files)

    assert (one != other).any()
    assert (one == other)[:, : WIDTH // 2].all()


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (b"no picture", "The mask could not be read. Use a PNG, JPEG or WebP picture."),
        (b"\x89PNG\r\n\x1a\n....", "The mask "),
        (None, "The mask is black everywhere. Paint white in it what is to change."),
    ],
)
def test_a_mask_that_says_nothing_is_refused_with_a_sentence(inpaint, mask, sentence, tmp_path):
    path = tmp_path / "mask"
    if mask is None:
        written(path, np.full((HEIGHT, WIDTH), 4), format="PNG")
    else:
        path.write_bytes(mask)
    with pytest.raises(EngineError) as refused:
        inpaint(path)
    assert str(refused.value).startswith(sentence)
