from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image

from firepod.protocol.previews import data_url
from worker.engines import Cancelled, EngineError


def frames(file):
    with av.open(str(file.path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in container.decode()]


def changes(shown):
    """Mean difference between each frame and the next, 0..255."""
    return [float(np.abs(after - before).mean()) for before, after in pairwise(shown)]


@pytest.mark.parametrize(
    ("size", "count", "fps"), [((832, 480), 5, 15), ((256, 456), 1, 24), ((264, 264), 61, 60)]
)
def test_a_film_has_the_size_frames_and_rate_that_were_asked_for(run, size, count, fps):
    result = run("text2video", video_width=size[0], video_height=size[1], num_frames=count, fps=fps)

    (file,) = result.files
    assert file.content_type == "video/mp4"
    assert result.info == {"fps": fps, "num_frames": count, "seed": 41}
    with av.open(str(file.path)) as container:
        (stream,) = container.streams
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.profile in {"High", "Main", "Constrained Baseline"}
        assert (stream.width, stream.height) == size
        assert stream.average_rate == Fraction(fps)
        assert stream.frames == count
        times = [frame.time for frame in container.decode(stream)]
    assert times == pytest.approx([index / fps for index in range(count)])


def test_the_index_comes_before_the_frames_so_that_browsers_start_at_once(run):
    data = run("text2video").files[0].path.read_bytes()

    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("prompt", ["a sunset over the sea", "a neon city", "a face", "ink"])
def test_a_film_moves_and_does_not_jump(run, prompt):
    shown = frames(run("text2video", prompt=prompt, num_frames=31).files[0])

    steps = changes(shown)
    assert float(np.abs(shown[-1] - shown[0]).mean()) > 4
    assert min(steps) > 0.15
    assert max(steps) < 4 * float(np.median(steps))


def test_the_same_request_and_seed_give_the_same_frames(run):
    first, second = frames(run("text2video").files[0]), frames(run("text2video").files[0])

    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_another_prompt_or_seed_gives_another_film(run):
    film = frames(run("text2video").files[0])

    for other in (run("text2video", prompt="a forest"), run("text2video", seed=9)):
        assert float(np.abs(frames(other.files[0])[0] - film[0]).mean()) > 4


@pytest.fixture
def start(tmp_path):
    y, x = np.mgrid[0:384, 0:640]
    checks = ((x // 80 + y // 80) % 2).astype(bool)
    picture = np.where(checks[..., None], [230, 90, 40], [30, 90, 120]).astype(np.uint8)
    path = tmp_path / "start.webp"
    Image.fromarray(picture).save(path, lossless=True)
    return path


def test_a_film_from_a_picture_begins_with_it_and_moves_on(run, start):
    result = run("img2video", {"init_image": start}, num_frames=31)

    shown = frames(result.files[0])
    with Image.open(start) as image:
        expected = np.asarray(image.convert("RGB").resize((320, 192)), dtype=np.int16)
    assert float(np.abs(shown[0] - expected).mean()) < 6
    assert float(np.abs(shown[-1] - expected).mean()) > 12
    assert min(changes(shown)) > 0.15


def test_the_prompt_changes_a_film_from_a_picture(run, start):
    ends = [
        frames(run("img2video", {"init_image": start}, prompt=prompt, num_frames=40).files[0])[-1]
        for prompt in ("winter", "fire")
    ]

    assert float(np.abs(ends[0] - ends[1]).mean()) > 8


def test_a_film_can_be_looked_at_while_it_is_made(run, previews):
    run("text2video")
    painted, filmed = previews
    assert data_url(painted)
    assert data_url(filmed)


def test_progress_only_grows_and_counts_every_frame(run, fractions):
    run("text2video")

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len({fraction for fraction in fractions if fraction > 0.3}) >= 13


def test_a_cancelled_film_stops_at_the_frame(engine, film_request, tmp_path):
    calls = []

    def step(fraction, _preview=None):
        calls.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run("text2video", film_request, {}, tmp_path, step)
    assert sum(fraction > 0.5 for fraction in calls) == 1


def test_odd_sizes_are_refused(run):
    with pytest.raises(EngineError, match="even"):
        run("text2video", video_width=321)
