"""The table of models: read once, and refused with everything that is wrong with it."""

import copy
import tomllib

import pytest

from firepod.domain.errors import Misconfigured
from firepod.kinds.registry import TASKS
from firepod.models.checks import parse
from firepod.models.parameters import DEFAULT_TABLE
from firepod.models.table import read_models

SHIPPED = tomllib.loads(DEFAULT_TABLE.read_text())
QUICK = {
    "label": "Quick pictures",
    "endpoint": "RUNPOD_IMAGE_ENDPOINT_ID",
    "dialect": "firepod",
    "tasks": ["text2img"],
    "licence": "MIT",
    "source": "somewhere",
}


def with_quick(**changes):
    table = copy.deepcopy(SHIPPED)
    entry = {**QUICK, **changes}
    table["models"]["quick"] = {key: value for key, value in entry.items() if value is not None}
    return table


def problems(table):
    with pytest.raises(Misconfigured) as refused:
        parse(table)
    return list(refused.value.problems)


def test_the_table_that_is_shipped_has_one_default_for_every_task():
    usual = [task for one in read_models(DEFAULT_TABLE).values() for task in one.default_for]
    assert sorted(usual) == sorted(TASKS)


def test_a_media_type_stands_for_all_of_its_tasks():
    quick = parse(with_quick(tasks=["images", "text2img", "tts"]))["quick"]
    pictures = [name for name, task in TASKS.items() if task.media_type == "images"]
    assert quick.tasks == (*pictures, "tts")


def test_the_table_is_read_once(tmp_path):
    path = tmp_path / "models.toml"
    path.write_text(DEFAULT_TABLE.read_text())
    first = read_models(path)
    path.unlink()
    assert read_models(path) is first


def test_a_model_says_what_differs():
    quick = parse(
        with_quick(
            defaults={"steps": 4, "width": 768},
            bounds={"width": {"max": 768, "multiple_of": 64}, "steps": {"max": 8}},
            price={"usd": 0.002, "per": "picture"},
        )
    )["quick"]
    assert (quick.id, quick.endpoint) == ("quick", "RUNPOD_IMAGE_ENDPOINT_ID")
    assert quick.defaults == {"steps": 4, "width": 768}
    assert quick.bounds["width"] == {"max": 768, "multiple_of": 64}
    assert quick.price == {"usd": 0.002, "per": "picture"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": None}, "label is missing"),
        ({"licence": " "}, "licence must be a text that is not empty"),
        ({"dialect": "klingon"}, "nobody speaks the dialect klingon; known is firepod"),
        ({"endpoint": "ELSEWHERE"}, "endpoint must be one of RUNPOD_IMAGE_ENDPOINT_ID"),
        ({"colour": "red"}, "nobody knows colour"),
        ({"tasks": []}, "tasks must be a list of names of tasks, with one at least"),
        ({"tasks": "text2img"}, "tasks must be a list of names of tasks"),
        ({"tasks": ["text2cake"]}, "there is no task text2cake; known are text2img"),
        ({"default_for": ["tts"]}, "default_for names tts, which is none of its tasks"),
        ({"defaults": {"fps": 3}}, "none of its tasks has a field fps"),
        ({"bounds": {"fps": {"max": 3}}}, "none of its tasks has a field fps"),
        ({"defaults": "steps"}, "defaults must be a table"),
        ({"defaults": {"steps": 101}}, "steps: the default 101 is not within 1..100"),
        ({"defaults": {"steps": 2.5}}, "steps: the default must be a whole number"),
        ({"defaults": {"steps": True}}, "steps: the default must be a whole number"),
        ({"defaults": {"width": 300}}, "width: the default 300 is no multiple of 8"),
        ({"defaults": {"prompt": 4}}, "prompt: the default must be a text of up to 4000"),
        ({"defaults": {"prompt": "x" * 4001}}, "prompt: the default must be a text of up to 4000"),
        (
            {"tasks": ["img2img"], "defaults": {"init_image": "x"}},
            "init_image: a field of this kind has no default",
        ),
        ({"bounds": {"width": {"multiple_of": 100}}}, "width: the default 1024 is no multiple of"),
        ({"bounds": {"width": {"max": 768}}}, "width: the default 1024 is not within 256..768"),
        ({"bounds": {"width": {"max": 4096}}}, "width: bounds may not be wider than the task's"),
        ({"bounds": {"width": {"min": 8}}}, "width: bounds may not be wider than the task's"),
        ({"bounds": {"width": {"min": 512, "max": 300}}}, "width: min is above max"),
        ({"bounds": {"width": {"multiple_of": 0}}}, "width: bounds are numbers"),
        ({"bounds": {"width": {"max": "768"}}}, "width: bounds are numbers"),
        ({"bounds": {"width": {"most": 768}}}, "width: bounds are a table of min, max"),
        ({"bounds": {"width": 768}}, "width: bounds are a table of min, max"),
        ({"bounds": {"prompt": {"max": 100}}}, "prompt: only numbers have bounds"),
        ({"price": {"usd": -1, "per": "picture"}}, "price must be"),
        ({"price": {"usd": 1}}, "price must be"),
        ({"price": 1}, "price must be a table"),
    ],
)
def test_what_is_wrong_with_a_model_is_told_in_a_sentence(changes, said):
    found = problems(with_quick(**changes))
    assert len(found) == 1, found
    assert found[0].startswith(f"MODELS: quick: {said}")


def test_everything_that_is_wrong_is_told_at_once():
    table = with_quick(dialect="klingon", tasks=["text2cake"])
    del table["models"]["firepod-speech"]
    table["voices"] = {}
    assert [one.split(";")[0] for one in problems(table)] == [
        "MODELS: nobody knows voices",
        "MODELS: quick: nobody speaks the dialect klingon",
        "MODELS: quick: there is no task text2cake",
        "MODELS: tts needs one model that is its default, and has 0",
    ]


def test_a_task_has_no_two_defaults():
    assert problems(with_quick(default_for=["text2img"])) == [
        "MODELS: text2img needs one model that is its default, and has 2"
    ]


@pytest.mark.parametrize("table", [{}, {"models": {}}, {"models": 3}])
def test_a_table_without_models_is_refused(table):
    assert problems(table) == ["MODELS: the table has no models"]


def test_an_entry_that_is_no_table_is_refused():
    table = copy.deepcopy(SHIPPED)
    table["models"]["quick"] = 3
    assert problems(table) == ["MODELS: quick: is no table"]


def test_a_file_that_is_no_toml_or_no_file_is_refused(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[models")
    for path, said in ((broken, "MODELS is no TOML"), (tmp_path / "none.toml", "MODELS names no")):
        with pytest.raises(Misconfigured) as refused:
            read_models(path)
        assert refused.value.problems[0].startswith(said)
