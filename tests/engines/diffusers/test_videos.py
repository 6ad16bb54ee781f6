"""Videos of each model, through the worker's handler."""

import numpy as np
import pytest

FILMERS = ["wan2.1-t2v-1.3b", "wan2.2-ti2v-5b"]


@pytest.mark.parametrize("name", FILMERS)
@pytest.mark.parametrize("count", [1, 5, 7])
def test_a_video_has_as_many_frames_of_the_size_as_were_asked_for(studio, name, count):
    frames = studio(name).video(num_frames=count)
    assert [frame.shape for frame in frames] == [(256, 256, 3)] * count


def test_a_size_that_the_model_cannot_make_is_cut_from_a_larger_one(studio):
    frames = studio("wan2.2-ti2v-5b").video(video_width=264, video_height=256)
    assert frames[0].shape == (256, 264, 3)


def test_a_video_can_begin_with_a_picture(studio, start, packed):
    worker = studio("wan2.2-ti2v-5b")
    other = packed(255 - start)
    films = [worker.video("img2video", init_image_base64=one) for one in (packed(start), other)]
    assert [len(film) for film in films] == [5, 5]
    assert np.abs(films[0][0].astype(int) - films[1][0]).mean() > 1


@pytest.mark.parametrize("name", FILMERS)
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(studio, name):
    worker = studio(name)
    first, again, other = (worker.answer("text2video", seed=seed)["video"] for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", FILMERS)
def test_progress_rises_from_nothing_to_all_with_each_step(studio, name):
    worker = studio(name)
    worker.video(steps=4)
    assert worker.told == sorted(worker.told)
    assert (worker.told[0], worker.told[-1]) == (0, 1)
    assert len(set(worker.told)) >= 4 + 5  # steps, and frames written


def test_a_frame_rate_is_kept(studio):
    answer = studio("wan2.1-t2v-1.3b").answer("text2video", fps=24)
    (seen,) = answer["outputs"]
    assert seen["duration_seconds"] == pytest.approx(5 / 24, abs=0.05)
