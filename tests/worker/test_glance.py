"""What is seen of a finished file at a glance; whatever goes wrong with it, the job goes on."""

import asyncio
import threading
import time
import wave
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from firepod.domain.generation import GenerationRef, MediaType, Output, Status
from firepod.protocol.facts import Facts
from tests.unit.test_facts import wav
from worker.encoding.mp4 import write_mp4
from worker.engines import Result
from worker.engines.interface import OutputFile
from worker.glance import THUMB_BYTES, THUMB_SIDE, glance
from worker.media import Media, hand_over_thumbs
from worker.run import run_job
from worker.thumbhash import thumbhash

# By the algorithm's first port to Python, and by ours.
VECTORS = {
    (60, 40, False): "GBkKHYZCmIZwiIeXd3iHiAVvgLTz",
    (40, 60, False): "2igOHQhjeFBqSGqYd3aIeCBei2qQ",
    (100, 100, False): "HggGFwJTZndSZnZAdkiYWYiIqfTqzc8A",
    (96, 31, True): "GxmGEoQoQIVwjLQcPXC6+GBoZmmXhnc=",
    (33, 77, True): "3zeGEgQXVlA7rbdCP/pcgXV3YXhzR/k=",
    (64, 48, False): "WxgOPYRTlndgmGiXeGd4eFdvg5jz",
    (48, 64, False): "mygKHQZEh0CZNpiVaHd4mAU/z3fQ",
    (50, 90, False): "XBgKJARkBlUZpZV4mGhXX+uPdA==",
    (90, 50, True): "XRiGG4IYWFRQqKdXj5Zs+GR3B4ikiog=",
    (70, 20, False): "kykKEohQl2eDiIiIAZNm4HI=",
    (61, 45, True): "nRiGHIQYRbZwmqh2d/QWqWgvdgeVh2ppBg==",
}


def drawn(width, height, *, transparent=False):
    """A picture without symmetries, whose terms lie clear of where they are rounded."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * x // 9 + y * 3, x * y // 7 + 40, y * y // 11 + x, 255 + 0 * x]
    if transparent:
        planes[3] = x * 2 + y * y // 13 + 30
    return Image.fromarray((np.stack(planes, -1) % 256).astype(np.uint8))


def seen(path, content_type, *, wanted=True):
    logged = []
    output = Output("generating/ann/image/a", content_type)
    thumb = Output("thumbs/ann/a_0.webp", "image/webp") if wanted else None
    (media,) = glance([path], [output], [thumb], logged.append)
    return media, logged


def film(path, frames):
    pictures = [Image.new("RGB", (320, 192), colour) for colour in frames]
    write_mp4(path, (320, 192), Fraction(10), pictures)
    return path


@pytest.mark.parametrize(("shape", "expected"), VECTORS.items())
def test_a_thumbhash_is_what_the_algorithm_gives(shape, expected):
    width, height, transparent = shape
    assert thumbhash(drawn(width, height, transparent=transparent)) == expected


@pytest.mark.parametrize(("kind", "mode"), [("png", "RGBA"), ("jpeg", "RGB"), ("webp", "RGB")])
def test_a_picture_has_its_size_its_hash_and_a_small_thumb(tmp_path, kind, mode):
    path = tmp_path / f"a.{kind}"
    drawn(800, 450).convert(mode).save(path)
    media, logged = seen(path, f"image/{kind}")

    assert logged == []
    assert (media.facts.width, media.facts.height) == (800, 450)
    assert 0 < len(media.facts.thumbhash) <= 40
    with Image.open(media.thumb) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", (THUMB_SIDE, 180))
    assert media.thumb.stat().st_size <= THUMB_BYTES


def test_noise_has_a_small_thumb_too(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    media, _ = seen(tmp_path / "a.png", "image/png")
    assert media.thumb.stat().st_size <= THUMB_BYTES


def test_a_film_shows_its_first_frame_that_is_not_black(tmp_path):
    path = film(tmp_path / "a.mp4", ["black"] * 5 + ["red", "blue"])
    media, _ = seen(path, "video/mp4")
    assert media.facts.known().keys() == {"width", "height", "duration_seconds", "thumbhash"}
    assert (media.facts.width, media.facts.height) == (320, 192)
    assert media.facts.duration_seconds == pytest.approx(0.7, abs=0.15)
    with Image.open(media.thumb) as poster:
        red, _, blue = poster.convert("RGB").getpixel((160, 96))
    assert red > 150 > blue


def test_a_film_that_is_black_has_a_poster_all_the_same(tmp_path):
    media, _ = seen(film(tmp_path / "a.mp4", ["black"] * 3), "video/mp4")
    assert media.thumb is not None


def test_sound_has_its_length_and_nothing_to_look_at(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(1.5))
    with wave.open(str(path)) as sound:
        assert sound.getnframes() == 12_000
    media, _ = seen(path, "audio/wav", wanted=False)
    assert (media.facts, media.thumb) == (Facts(duration_seconds=1.5), None)


def test_where_nobody_wants_a_thumb_none_is_made(tmp_path):
    drawn(80, 45).save(tmp_path / "a.png")
    media, _ = seen(tmp_path / "a.png", "image/png", wanted=False)
    assert media.thumb is None
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/wav", "application/x"])
def test_what_cannot_be_looked_at_is_handed_over_as_it_is(tmp_path, kind):
    path = tmp_path / "a"
    path.write_bytes(b"secret words")
    media, logged = seen(path, kind)
    assert (media.path, media.facts, media.thumb) == (path, Facts(), None)
    assert "secret" not in str(logged)
    assert len(logged) == (kind != "application/x")


def thumbed(folder, count=2):
    """A task that wants thumbs, and its files with them."""
    outputs = [Output(f"thumbs/ann/a_{i}.webp", "image/webp") for i in range(count)]
    media = [Media(folder / str(i), Facts(), folder / f"{i}.webp") for i in range(count)]
    return SimpleNamespace(thumbs=tuple(outputs)), media


def test_a_thumb_that_cannot_be_stored_is_done_without(tmp_path):
    task, media = thumbed(tmp_path)
    stored, logged = [], []

    def put(thumb, file):
        if file.name == "0.webp":
            raise ConnectionError("secret words")
        stored.append((thumb.path, file.name))

    hand_over_thumbs(task, media, put, logged.append, 5)
    assert stored == [("thumbs/ann/a_1.webp", "1.webp")]
    assert logged == ["a thumb was not stored: ConnectionError"]


@pytest.mark.parametrize(("left", "most"), [(0.05, 5), (20, 0.05)])
def test_thumbs_are_waited_for_no_longer_than_there_is_time_for_them(
    tmp_path, monkeypatch, left, most
):
    monkeypatch.setattr("worker.media.THUMBS_SECONDS", most)
    task, thumbs = thumbed(tmp_path)
    answered, logged, begun = threading.Event(), [], time.monotonic()
    try:
        hand_over_thumbs(task, thumbs, lambda *_one: answered.wait(10), logged.append, left)
    finally:
        answered.set()
    assert time.monotonic() - begun < 4
    assert logged == ["thumbs were not stored in time"]


def test_a_file_that_takes_too_long_to_look_at_is_handed_over_as_it_is(tmp_path, monkeypatch):
    class Slow:
        @property
        def content_type(self):
            looked.wait(10)
            return "application/x"

    monkeypatch.setattr("worker.glance.GLANCE_SECONDS", 0.05)
    looked, logged, begun = threading.Event(), [], time.monotonic()
    try:
        found = glance([tmp_path], [Slow()], [None], logged.append)
    finally:
        looked.set()
    assert time.monotonic() - begun < 4
    assert (found, logged) == ([Media(tmp_path)], ["no thumb: TimeoutError"])


@pytest.mark.parametrize("storage", ["well", "without thumbs"])
def test_a_worker_with_a_key_lists_the_thumbs_that_it_could_store(make_worker, storage):
    worker = make_worker()
    media = worker.backend.storage
    put = media.put_file

    def put_file(output, filename, **whose):
        if output.path.startswith("thumbs/") and storage == "without thumbs":
            raise ConnectionError
        return put(output, filename, **whose)

    def paint(_task_type, _request, _inputs, workdir, step):
        step(1.0)
        drawn(640, 360).convert("RGB").save(workdir / "a.png")
        return Result((OutputFile(workdir / "a.png", "image/png"),), {})

    media.__dict__["put_file"], worker.engine.__dict__["run"] = put_file, paint
    own = {"user_id": "ann", "file_uid": "direct-1", "use_cloud_storage": True}
    job = {"id": "job-1", "input": {"task_type": "text2img", "prompt": "a fox", **own}}
    answer = asyncio.run(run_job(job, worker.around))

    done = worker.backend.store.find(GenerationRef("ann", MediaType.IMAGES, "direct-1"))
    (output,) = done.generation_data["outputs"]
    assert done.status is Status.COMPLETED
    assert (output["width"], output["height"]) == (640, 360)
    assert ("thumb_url" in output) == (storage == "well")
    assert ("thumbs/ann/direct-1_0.webp" in media.files) == (storage == "well")
    assert answer["outputs"] == [{"width": 640, "height": 360, "thumbhash": output["thumbhash"]}]
