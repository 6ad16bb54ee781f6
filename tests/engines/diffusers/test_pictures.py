"""Pictures of each model, through the worker's handler."""

import numpy as np
import pytest

PAINTERS = ["sdxl", "flux2-klein", "z-image-turbo"]


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("task", ["text2img", "img2img", "inpaint"])
def test_each_model_makes_each_of_its_tasks_in_the_size_that_was_asked_for(
    studio, start, packed, name, task
):
    fields = {}
    if task != "text2img":
        fields["init_image_base64"] = packed(start)
    if task == "inpaint":
        fields["mask_image_base64"] = packed(np.full((256, 256), 255, np.uint8))
    # 264 is no multiple of what some of them can make.
    (made,) = studio(name).pictures(task, width=264, height=256, **fields)
    assert made.shape == (256, 264, 3)


@pytest.mark.parametrize("name", PAINTERS)
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(studio, name):
    worker = studio(name)
    (first,), (again,), (other,) = (worker.answer("text2img", seed=s)["images"] for s in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", PAINTERS)
def test_of_several_pictures_each_is_the_one_that_its_own_seed_gives(studio, name):
    worker = studio(name)
    several = worker.pictures(num_images=3)
    assert len(several) == 3
    for number, one in enumerate(several):
        (alone,) = worker.pictures(seed=7 + number)
        # Not the same bytes: what is computed together is added up in another order.
        assert np.abs(one.astype(int) - alone).max() <= 2


@pytest.mark.parametrize("name", PAINTERS)
def test_progress_rises_from_nothing_to_all_with_each_step(studio, name):
    worker = studio(name)
    worker.answer("text2img", steps=4, num_images=3)
    assert worker.told == sorted(worker.told)
    assert (worker.told[0], worker.told[-1]) == (0, 1)
    assert len(set(worker.told)) >= 2 * 4  # two batches of four steps


def test_what_is_black_in_the_mask_keeps_its_bytes(studio, start, packed):
    mask = np.zeros((256, 256), np.uint8)
    mask[:, 128:] = 255
    (made,) = studio("sdxl").pictures(
        "inpaint",
        init_image_base64=packed(start),
        mask_image_base64=packed(mask),
        strength=1.0,
    )
    assert (made[:, :120] == start[:, :120]).all()
    assert np.abs(made[:, 140:].astype(int) - start[:, 140:]).mean() > 10


def test_without_any_strength_the_start_picture_stays(studio, start, packed):
    (made,) = studio("sdxl").pictures("img2img", init_image_base64=packed(start), strength=0)
    assert (made == start).all()


@pytest.mark.parametrize("strength", [0.01, 0.34, 1.0])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("name", ["sdxl", "z-image-turbo"])
def test_every_strength_is_at_least_one_step(studio, start, packed, name, strength, steps):
    (made,) = studio(name).pictures(
        "img2img", init_image_base64=packed(start), strength=strength, steps=steps
    )
    assert made.shape == (256, 256, 3)
