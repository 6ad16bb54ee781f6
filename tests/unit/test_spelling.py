"""Requests as other workers' clients write them, and what is said of a field that is wrong."""

import time

import pytest

from firepod.domain.errors import InvalidArgument
from firepod.kinds.catalog import parse_request
from firepod.kinds.registry import TASKS
from firepod.kinds.spelling import MOST_UNKNOWN
from tests.unit.test_catalog import COMPLETE, IMAGE, VIDEO, problems_of

SPELLINGS = [
    (task, alias, field)
    for task, entry in TASKS.items()
    for field in entry.fields
    for alias in field.aliases
]
VALUES = {"integer": 512, "number": 0.5, "file": "uploads/ann/b.png", "line": "Bob"}
SMALL = {"num_images": 2, "num_images_per_prompt": 2, "steps": 9, "num_inference_steps": 9}


def value_of(field):
    return SMALL.get(field.name, VALUES[field.kind])


@pytest.mark.parametrize(("task", "alias", "field"), SPELLINGS)
def test_another_spelling_is_taken_and_kept_under_ours(task, alias, field):
    fields = {name: value for name, value in COMPLETE[task].items() if name != field.name}
    value = value_of(field)
    request = parse_request({**fields, alias: value})
    assert request.recorded()[field.name] == value
    assert alias not in request.recorded()


@pytest.mark.parametrize(("task", "alias", "field"), SPELLINGS)
def test_both_spellings_may_say_the_same_and_nothing_else(task, alias, field):
    value = value_of(field)
    twice = {**COMPLETE[task], field.name: value, alias: value}
    assert parse_request(twice).recorded()[field.name] == value
    other = value + 8 if isinstance(value, int | float) else f"{value}x"
    (said,) = problems_of({**twice, alias: other}).items()
    assert said == (alias, f"differs from {field.name}, which is the same field")


def test_one_is_not_true():
    assert "steps" in problems_of({**IMAGE, "num_inference_steps": True, "steps": 1})


def test_what_the_seeds_authors_send_is_known():
    known = {(task, alias): field.name for task, alias, field in SPELLINGS}
    for task in ("text2video", "img2video"):
        assert known[task, "width"] == "video_width"
        assert known[task, "height"] == "video_height"
        assert known[task, "video_guidance_scale"] == "guidance_scale"
    for task in ("text2img", "img2img", "text2video", "img2video"):
        assert known[task, "num_inference_steps"] == "steps"
        assert known[task, "guidance"] == "guidance_scale"
    assert known["img2video", "image_url"] == known["img2img", "image"] == "init_image"
    assert known["img2img", "num_images_per_prompt"] == "num_images"


def test_a_field_that_is_null_is_as_one_that_is_not_there():
    nothing = dict.fromkeys(("seed", "steps", "scheduler", "extra", "metadata", "image_url"))
    assert parse_request({**IMAGE, **nothing}) == parse_request(IMAGE)
    assert problems_of({**IMAGE, "prompt": None}) == {"prompt": "is required"}
    assert set(problems_of({**IMAGE, "colour": None})) == {"colour"}


SENTENCES = [
    # missing, unknown, of another task
    (IMAGE | {"prompt": None}, "prompt", "is required"),
    (IMAGE | {"num_frame": 9}, "num_frame", "is not a known field"),
    (VIDEO | {"num_frame": 9}, "num_frame", "is not a known field; did you mean num_frames?"),
    (VIDEO | {"numFrames": 9}, "numFrames", "is not a known field; did you mean num_frames?"),
    (IMAGE | {"num_inferense_steps": 9}, "num_inferense_steps", "num_inference_steps?"),
    (IMAGE | {"fps": 9}, "fps", "is no field of text2img, but of text2video, img2video"),
    (IMAGE | {"task_type": "txt2img"}, "task_type", "did you mean text2img?"),
    # texts
    (IMAGE | {"prompt": 7}, "prompt", "must be a text"),
    (IMAGE | {"prompt": ""}, "prompt", "is empty"),
    (IMAGE | {"prompt": " "}, "prompt", "must hold more than spaces"),
    (IMAGE | {"prompt": "\ud800"}, "prompt", "is not valid Unicode text"),
    (
        IMAGE | {"prompt": "x" * 5120},
        "prompt",
        "may have at most 4000 characters; this one has 5120",
    ),
    # numbers
    (IMAGE | {"width": 1001}, "width", "must be a multiple of 8 between 256 and 2048 pixels"),
    (IMAGE | {"width": 8}, "width", "must be a multiple of 8 between 256 and 2048 pixels"),
    (IMAGE | {"width": 4096}, "width", "must be a multiple of 8 between 256 and 2048 pixels"),
    (IMAGE | {"width": "512"}, "width", "must be a multiple of 8 between 256 and 2048 pixels"),
    (VIDEO | {"width": 8}, "width", "must be a multiple of 8 between 256 and 2048 pixels"),
    (IMAGE | {"steps": 0}, "steps", "must be a whole number between 1 and 100"),
    (IMAGE | {"steps": 1.5}, "steps", "must be a whole number between 1 and 100"),
    (
        IMAGE | {"num_inference_steps": 500},
        "num_inference_steps",
        "must be a whole number between 1 and 100",
    ),
    (IMAGE | {"guidance_scale": "7"}, "guidance_scale", "must be a number between 0 and 30"),
    (
        IMAGE | {"guidance_scale": float("nan")},
        "guidance_scale",
        "must be a number between 0 and 30",
    ),
    (IMAGE | {"high_noise_frac": 2}, "high_noise_frac", "must be a number between 0 and 1"),
    (IMAGE | {"seed": -1}, "seed", "must be a whole number between 0 and 9007199254740991"),
    (COMPLETE["tts"] | {"speed": 3}, "speed", "must be a number between 0.5 and 2"),
    # choices, forms, files, maps
    (IMAGE | {"scheduler": "k-euler"}, "scheduler", "must be one of PNDM, KLMS"),
    (IMAGE | {"scheduler": "k-euler"}, "scheduler", "; did you mean K_EULER?"),
    (IMAGE | {"scheduler": 3}, "scheduler", "must be one of PNDM, KLMS"),
    (COMPLETE["tts"] | {"language": "english!"}, "language", "such as en, de or pt-BR"),
    (COMPLETE["tts"] | {"voice_id": "Ann"}, "voice_id", "must be the id of a voice, such as"),
    (COMPLETE["img2img"] | {"init_image": 3}, "init_image", "must be a text"),
    (COMPLETE["img2img"] | {"init_image": ""}, "init_image", "is empty"),
    (
        COMPLETE["img2img"] | {"init_image": "x" * 2000},
        "init_image",
        "may have at most 1024 characters; this one has 2000",
    ),
    (IMAGE | {"metadata": {"a": [1]}}, "metadata", "must be a flat map: names, and for each a"),
    (IMAGE | {"metadata": "a"}, "metadata", "must be a flat map"),
    (
        IMAGE | {"metadata": {"a": "x" * 2048}},
        "metadata",
        "bytes of JSON; at most 2048 are possible",
    ),
    (IMAGE | {"metadata": {"__a__": 1}}, "metadata", "holds a name that cannot be stored"),
]


@pytest.mark.parametrize(("asked", "field", "said"), SENTENCES)
def test_what_is_wrong_is_said_in_the_words_of_who_filled_it_in(asked, field, said):
    problem = problems_of(asked)[field]
    assert said in problem
    for word in ("item", "validation", "input", "string", "integer", "valid dict", "pattern"):
        assert word not in problem.lower().replace("num_inference", "")


def test_a_thousand_unknown_fields_of_any_length_cost_little_and_are_told_of_in_part():
    asked = IMAGE | {f"{number}{'stepz' * 20}": 1 for number in range(500)}
    asked |= {f"stepz_{number}": 1 for number in range(50_000)}
    began = time.thread_time()
    said = problems_of(asked)
    assert time.thread_time() - began < 0.5
    assert len(said) == MOST_UNKNOWN
    assert len(str(said)) < 5_000


def test_a_name_of_a_megabyte_is_not_compared():
    began = time.thread_time()
    (problem,) = problems_of(IMAGE | {"s" * 1_000_000: 1}).items()
    assert time.thread_time() - began < 0.2
    assert problem == ("s" * 100, "is not a known field")


def test_only_a_name_as_short_as_ours_is_guessed_at():
    assert problems_of(IMAGE | {"steps" + "_" * 30: 1})["steps" + "_" * 30].endswith("steps?")
    assert problems_of(IMAGE | {"steps" + "_" * 40: 1}) == {
        "steps" + "_" * 40: "is not a known field"
    }


def test_metadata_of_two_kib_is_taken():
    flat = {"a": "x" * (2048 - len('{"a":""}'))}
    assert parse_request(IMAGE | {"metadata": flat}).metadata == flat
    assert "metadata" not in parse_request(IMAGE | {"metadata": flat}).recorded()


def test_no_problem_is_lost_beside_an_unknown_field():
    assert set(problems_of(IMAGE | {"stepz": 1, "width": 3})) == {"stepz", "width"}


def test_what_is_optional_and_was_not_given_is_not_recorded():
    given = parse_request(IMAGE).recorded().keys()
    assert not given & {"scheduler", "refiner_inference_steps", "high_noise_frac", "strength"}
    with pytest.raises(InvalidArgument):
        parse_request(IMAGE | {"refiner_inference_steps": 0})
