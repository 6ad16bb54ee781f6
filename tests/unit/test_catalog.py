"""Every field of every task, at its bounds and beyond."""

import math

import pytest
from pydantic import ValidationError

from firepod.domain.errors import InvalidArgument
from firepod.kinds.catalog import parse_request
from firepod.kinds.fields import MAX_SEED, Field
from firepod.kinds.registry import TASKS
from firepod.kinds.validation import MAX_EXTRA_BYTES, model_of
from firepod.kinds.validation import problems_of as problems_in

IMAGE = {"task_type": "text2img", "prompt": "a boat"}
VIDEO = {"task_type": "text2video", "prompt": "a boat"}
# Field -> the lowest and the highest that is taken, and what lies just below and above.
BOUNDS = {
    "prompt": ("x", "x" * 4000, "", "x" * 4001),
    "negative_prompt": ("", "x" * 4000, 7, "x" * 4001),
    "steps": (1, 100, 0, 101),
    "guidance_scale": (0, 30, -0.1, 30.1),
    "seed": (0, MAX_SEED, -1, MAX_SEED + 1),
    "width": (256, 2048, 248, 2056),
    "height": (256, 2048, 248, 2056),
    "num_images": (1, 8, 0, 9),
    "refiner_inference_steps": (1, 100, 0, 101),
    "high_noise_frac": (0, 1, -0.01, 1.01),
    "strength": (0, 1, -0.01, 1.01),
    "video_width": (256, 2048, 248, 2056),
    "video_height": (256, 2048, 248, 2056),
    "num_frames": (1, 257, 0, 258),
    "fps": (1, 60, 0, 61),
    "name": ("x", "x" * 80, "", "x" * 81),
    "reference_text": ("", "x" * 5000, 1, "x" * 5001),
    "language": ("en", "zh-Hans-CN", "e", "english, please"),
    "voice_id": ("voice_a", "voice_" + "a" * 60, "voice_", "voice_" + "a" * 61),
    "text": ("x", "x" * 50_000, "", "x" * 50_001),
    "speed": (0.5, 2, 0.49, 2.01),
}
A_FILE = ("u", "u" * 1024, "", "u" * 1025)
GIVEN = {"prompt": "a boat", "name": "Ann", "voice_id": "voice_ann_01234567", "text": "Hello."}
COMPLETE = {
    name: {"task_type": name}
    | {
        field.name: "uploads/ann/file" if field.file else GIVEN[field.name]
        for field in task.fields
        if field.required
    }
    for name, task in TASKS.items()
}
TABLE = [
    (name, field.name, *(A_FILE if field.file else BOUNDS[field.name]))
    for name, task in TASKS.items()
    for field in task.fields
    if not field.choices
]


def problems_of(fields):
    with pytest.raises(InvalidArgument) as refused:
        parse_request(fields)
    assert refused.value.details is not None
    return {one["field"]: one["problem"] for one in refused.value.details["fields"]}


@pytest.mark.parametrize(("task", "field", "low", "high", "below", "above"), TABLE)
def test_each_field_is_taken_up_to_its_bounds(task, field, low, high, below, above):
    for value in (low, high):
        assert getattr(parse_request({**COMPLETE[task], field: value}), field) == value


@pytest.mark.parametrize(("task", "field", "low", "high", "below", "above"), TABLE)
def test_each_field_is_refused_by_name_beyond_its_bounds(task, field, low, high, below, above):
    for value in (below, above, [], {}, True):
        assert set(problems_of({**COMPLETE[task], field: value})) == {field}


def test_defaults_are_filled_in():
    assert parse_request(IMAGE).model_dump() == {
        "extra": {},
        "metadata": {},
        "prompt": "a boat",
        "negative_prompt": "",
        "steps": 30,
        "guidance_scale": 7.0,
        "scheduler": None,
        "refiner_inference_steps": None,
        "high_noise_frac": None,
        "output_format": "png",
        "strength": None,
        "seed": None,
        "width": 1024,
        "height": 1024,
        "num_images": 1,
        "task_type": "text2img",
    }
    assert parse_request(VIDEO).model_dump() == {
        "extra": {},
        "metadata": {},
        "prompt": "a boat",
        "negative_prompt": "",
        "steps": 30,
        "guidance_scale": 7.0,
        "scheduler": None,
        "seed": None,
        "video_width": 832,
        "video_height": 480,
        "num_frames": 49,
        "fps": 15,
        "task_type": "text2video",
    }


@pytest.mark.parametrize("data", [None, [], "text2img", 7, {}, {"task_type": None}])
def test_what_is_no_task_is_refused(data):
    assert set(problems_of(data)) <= {"data", "task_type"}


@pytest.mark.parametrize("task_type", ["txt2img", "", 1, ["text2img"], {}, None, "TEXT2IMG"])
def test_an_unknown_task_type_is_refused_with_the_known_ones(task_type):
    assert "text2img, img2img" in problems_of({"task_type": task_type})["task_type"]


@pytest.mark.parametrize("task", COMPLETE)
def test_an_unknown_field_is_refused_by_name(task):
    assert problems_of({**COMPLETE[task], "user_id": "bob"}) == {"user_id": "is not a known field"}


@pytest.mark.parametrize("task", COMPLETE)
def test_every_missing_field_is_named_at_once(task):
    required = {name for name in COMPLETE[task] if name != "task_type"}
    assert problems_of({"task_type": task}) == dict.fromkeys(required, "is required")


@pytest.mark.parametrize("blank", [" ", "\n\t ", "\u2003"])
def test_a_blank_prompt_is_refused(blank):
    assert problems_of({**IMAGE, "prompt": blank}) == {"prompt": "must hold more than spaces"}


def test_half_a_surrogate_pair_is_refused_wherever_it_stands():
    assert set(problems_of({**IMAGE, "prompt": "a \ud800"})) == {"prompt"}
    assert set(problems_of({**IMAGE, "extra": {"a": "\udc00"}})) == {"extra"}
    assert set(problems_of({**IMAGE, "extra": {"\udc00": 1}})) == {"extra"}


def test_sizes_are_multiples_of_eight():
    assert set(problems_of({**IMAGE, "width": 1001, "height": 1002})) == {"width", "height"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_are_refused(number):
    assert set(problems_of({**IMAGE, "guidance_scale": number})) == {"guidance_scale"}
    assert set(problems_of({**IMAGE, "extra": {"x": number}})) == {"extra"}


def test_texts_are_no_numbers_and_fractions_no_whole_ones():
    assert set(problems_of({**IMAGE, "steps": "30", "seed": 1.5})) == {"steps", "seed"}


def extra_of(size):
    empty = len('{"a":""}')
    return {"a": "x" * (size - empty)}


def test_extra_may_take_8_kib_and_not_a_byte_more():
    assert parse_request({**IMAGE, "extra": extra_of(MAX_EXTRA_BYTES)}).extra
    assert set(problems_of({**IMAGE, "extra": extra_of(MAX_EXTRA_BYTES + 1)})) == {"extra"}


def test_extra_is_counted_in_bytes_not_in_characters():
    assert set(problems_of({**IMAGE, "extra": {"a": "é" * (MAX_EXTRA_BYTES // 2)}})) == {"extra"}


@pytest.mark.parametrize(
    "extra",
    [{"a": {}}, {"a": [1]}, [], "x", {"": 1}, {"__name__": 1}, {"a": MAX_SEED + 1}, {1: 2}],
)
def test_extra_is_flat_and_can_be_stored(extra):
    assert set(problems_of({**IMAGE, "extra": extra})) == {"extra"}


def test_extra_takes_every_flat_value_as_it_is():
    extra = {"text": "x", "whole": 1, "fraction": 0.5, "flag": True, "none": None}
    assert parse_request({**IMAGE, "extra": extra}).extra == extra


def test_no_problem_repeats_what_was_sent():
    secret = "hunter2" * 700
    with pytest.raises(InvalidArgument) as refused:
        parse_request({**IMAGE, "prompt": secret, "steps": "hunter2"})
    assert "hunter2" not in str(refused.value) + str(refused.value.details)


@pytest.mark.parametrize(("usual", "filled_in"), [("red", "red"), (None, None)])
def test_a_choice_is_one_of_its_names_or_what_is_usual(usual, filled_in):
    colour = Field(
        name="colour", label="Colour", kind="choice", choices=("red", "blue"), default=usual
    )
    request = model_of("paint", "Paint", "A colour.", (colour,))
    assert request(task_type="paint").colour == filled_in
    assert request(task_type="paint", colour="blue").colour == "blue"
    for wrong in ("green", "RED", 1, ["red"], ""):
        with pytest.raises(ValidationError) as refused:
            request(task_type="paint", colour=wrong)
        (problem,) = problems_in(refused.value, (colour,))
        assert problem.field == "colour"
        assert problem.problem.startswith("must be one of red, blue")
