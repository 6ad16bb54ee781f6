"""How a picture looks while it is made."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from firepod.protocol import previews
from worker.engines.diffusers.look import Look, middle

ALL = ["sdxl", "sdxl-refined", "flux2-klein", "z-image-turbo", "wan2.1-t2v-1.3b", "wan2.2-ti2v-5b"]


@pytest.mark.parametrize("name", ALL)
def test_each_model_shows_a_small_preview_at_each_step(studio, name):
    worker = studio(name)
    worker.answer(worker.engine.model.tasks[0], steps=3)
    shown = worker.recorded.previews
    assert len(shown) == 3
    for webp in shown:
        assert len(webp) <= previews.MAX_BYTES
        assert previews.data_url(webp) is not None
        with Image.open(io.BytesIO(webp)) as opened:
            assert opened.format == "WEBP"
            assert opened.width == opened.height >= 16


def latents(colours, arranged):
    """What a model could have made of a picture: its colours, mixed into five numbers a place."""
    mixing = np.random.default_rng(1).normal(size=(3, 5))
    numbers = torch.from_numpy((colours / 255) @ mixing)
    height, width, _ = numbers.shape
    channels_first = numbers.permute(2, 0, 1)
    return {
        "by channels": channels_first[None],
        "in a row": numbers.reshape(1, height * width, 5),
        "of a video": channels_first[None, :, None].repeat(1, 1, 3, 1, 1),
    }[arranged]


@pytest.mark.parametrize("arranged", ["by channels", "in a row", "of a video"])
def test_colours_are_guessed_from_latents_once_one_picture_was_seen(start, arranged):
    colours = start[::8, ::16].astype(float)  # 32 high, 16 wide
    look, size = Look(), (16 * 8, 32 * 8)
    look.see(latents(colours, arranged), size)
    look.learn(Image.fromarray(colours.astype(np.uint8)).resize(size, Image.Resampling.NEAREST))

    upside_down = colours[::-1]
    # As strong as latents are under the noise of an early step.
    seen = look.picture(latents(upside_down, arranged) * 7, size)
    assert seen.size == (16, 32)
    assert np.abs(np.asarray(seen).astype(float) - upside_down).max() <= 2


def test_what_a_broken_run_left_teaches_nothing():
    look = Look()
    look.learn(Image.new("RGB", (8, 8)))
    look.see(torch.full((1, 4, 8, 8), float("nan")), (64, 64))
    look.learn(Image.new("RGB", (64, 64)))
    assert not look.learnt


def test_the_middle_latent_of_a_video_is_compared_with_its_own_frame():
    assert [middle(frames) for frames in (1, 5, 9, 49)] == [0, 4, 4, 24]
