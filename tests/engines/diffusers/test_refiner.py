"""The refiner: used where it was asked for, and where there is one."""

import pytest


@pytest.fixture
def worker(studio):
    return studio("sdxl-refined")


@pytest.mark.parametrize(
    "fields",
    [
        {"refiner_inference_steps": 4},
        {"refiner_inference_steps": 4, "strength": 0.9},
        {"high_noise_frac": 0.5},
        {"high_noise_frac": 0.8, "refiner_inference_steps": 10},
        # Shares of which one model has no step to do, or hardly any.
        {"high_noise_frac": 0.0, "refiner_inference_steps": 1},
        {"high_noise_frac": 0.99, "refiner_inference_steps": 1},
        {"refiner_inference_steps": 1, "strength": 0.0},
    ],
    ids=str,
)
def test_it_paints_over_what_the_first_model_leaves(worker, fields):
    plain = worker.answer("text2img", num_images=2)["images"]
    refined = worker.answer("text2img", num_images=2, **fields)["images"]
    assert all(one != other for one, other in zip(plain, refined, strict=True))
    assert worker.told[-1] == 1


def test_what_it_made_is_the_same_again(worker):
    fields = {"high_noise_frac": 0.5, "scheduler": "DPMSolverMultistep"}
    first, again = (worker.answer("text2img", **fields)["images"] for _ in range(2))
    assert first == again


@pytest.mark.parametrize("fields", [{}, {"high_noise_frac": 1.0}], ids=str)
def test_it_rests_where_nothing_is_left_for_it(worker, studio, fields):
    plain = studio("sdxl").answer("text2img")["images"]
    assert worker.answer("text2img", **fields)["images"] == plain


def test_a_model_without_one_goes_past_these_fields(studio):
    worker = studio("sdxl")
    fields = {"high_noise_frac": 0.5, "refiner_inference_steps": 4, "strength": 0.5}
    assert worker.answer("text2img", **fields) == worker.answer("text2img")


def test_progress_goes_on_through_both(worker):
    worker.answer("text2img", steps=4, refiner_inference_steps=4, strength=1.0)
    assert worker.told == sorted(worker.told)
    assert len(set(worker.told)) >= 4 + 4
