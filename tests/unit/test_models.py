"""The table of models: read once, and refused with everything that is wrong with it."""

import copy
import tomllib

import pytest

from firepod.domain.errors import Misconfigured
from firepod.kinds.registry import TASKS
from firepod.models.checks import parse
from firepod.models.parameters import DEFAULT_TABLE
from firepod.models.table import default_of, read_models, served
from tests.fakes.values import make_settings

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


def deployment(*named, models=DEFAULT_TABLE):
    return make_settings(models=models, endpoints=dict.fromkeys(named, "mine"))


def usual(settings):
    found = {task: default_of(served(settings), task) for task in TASKS}
    return {task: model and model.id for task, model in found.items()}


def test_the_shipped_table_makes_every_task_with_our_own_workers_where_all_endpoints_are_named():
    assert {str(one).partition("-")[0] for one in usual(make_settings()).values()} == {"firepod"}


def test_with_a_key_alone_public_endpoints_make_what_they_can():
    assert usual(deployment()) == {
        "text2img": "flux-schnell",
        "img2img": "z-image-turbo",
        "inpaint": None,
        "text2video": "p-video",
        "img2video": "p-video",
        "voice_clone": "chatterbox-turbo",
        "tts": "chatterbox-turbo",
    }


def test_endpoints_of_ready_workers_go_before_public_ones_and_after_our_own():
    assert usual(deployment("RUNPOD_SDXL_ENDPOINT_ID"))["text2img"] == "worker-sdxl"
    found = usual(deployment("RUNPOD_COMFYUI_ENDPOINT_ID"))
    assert (found["text2img"], found["inpaint"]) == ("comfyui-sdxl", "comfyui-sdxl-inpaint")
    assert found["text2video"] == "p-video"


def test_the_first_default_that_is_served_makes_a_task():
    found = usual(deployment("RUNPOD_TTS_ENDPOINT_ID"))
    assert (found["tts"], found["text2img"]) == ("firepod-speech", "flux-schnell")


def test_a_model_whose_licence_forbids_commercial_use_is_marked_and_no_default():
    marked = [one for one in read_models(DEFAULT_TABLE).values() if not one.commercial]
    assert [one.id for one in marked] == ["flux-dev"]
    assert "Non-Commercial" in marked[0].licence
    assert problems(with_quick(commercial=False, default_for=["text2img"])) == [
        "MODELS: quick: default_for must be empty: its licence forbids commercial use"
    ]


def test_every_public_model_of_the_shipped_table_has_a_price_and_where_that_is_from():
    public = [one for one in read_models(DEFAULT_TABLE).values() if one.dialect == "public"]
    assert len(public) > 5
    assert all(one.price and one.source.startswith("https://docs.runpod.io/") for one in public)


def test_a_public_endpoint_is_asked_for_one_picture_a_job():
    public = [one for one in read_models(DEFAULT_TABLE).values() if one.dialect == "public"]
    pictures = [one for one in public if any(TASKS[n].media_type == "images" for n in one.tasks)]
    assert pictures
    assert all(one.bounds["num_images"] == {"max": 1} for one in pictures)


def test_where_nothing_is_served_that_is_told_as_what_is_wrong_with_the_deployment(tmp_path):
    own = tmp_path / "models.toml"
    own.write_text(DEFAULT_TABLE.read_text().split("# RunPod's public endpoints")[0])
    with pytest.raises(Misconfigured) as refused:
        served(deployment(models=own))
    assert list(refused.value.problems) == ["MODELS names no model that has an endpoint"]


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
        ({"dialect": "klingon"}, "nobody speaks the dialect klingon; known is firepod, public"),
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
        ({"price": {"usd": float("inf"), "per": "picture"}}, "price must be"),
        *(({"weight": one}, "weight must be a whole number") for one in (0, 1001, 1.5, "2", True)),
        ({"price": 1}, "price must be a table"),
        (
            {"endpoint": "z-image-turbo", "price": {"usd": 1, "per": "second of GPU"}},
            'price: per = "second of GPU" is for endpoints of your own',
        ),
        ({"endpoint": "../x"}, "endpoint must be one of"),
        ({"bounds": {"width": {"one_of": []}}}, "width: one_of is a list, and stands alone"),
        ({"bounds": {"width": {"one_of": [512], "max": 512}}}, "width: one_of is a list"),
        ({"bounds": {"width": {"one_of": [512]}}}, "width: the default 1024 is not one of 512"),
        ({"bounds": {"width": {"one_of": [4096]}}}, "width: one_of holds what the task does not"),
        ({"bounds": {"output_format": {"one_of": ["gif"]}}}, "output_format: one_of holds what"),
        ({"bounds": {"prompt": {"one_of": ["x"]}}}, "prompt: only numbers and choices have one_of"),
        ({"sizes": []}, "sizes must be a list of [width, height]"),
        ({"sizes": [[512]]}, "sizes must be a list of [width, height]"),
        ({"sizes": [[512, 512]]}, "sizes: text2img has the default 1024x1024, which is none of"),
        ({"sizes": [[1024, 1024], [500, 512]]}, "sizes: text2img does not take all of them"),
        ({"usual_seconds": 0}, "usual_seconds must be a whole number from 1 to 3600"),
        ({"usual_seconds": True}, "usual_seconds must be a whole number from 1 to 3600"),
        ({"commercial": "no"}, "commercial must be true or false"),
        ({"voices": "both"}, "voices must be profile or sample"),
        ({"dialect": "public", "input": {"x": "fps"}}, "input: x is from nothing that its tasks"),
        ({"dialect": "public", "input": {"x": 3}}, "input: x is from nothing that its tasks have"),
        ({"dialect": "public", "input": {"x": "seconds"}}, "input: x is from nothing that its"),
        (
            {"dialect": "public", "tasks": ["text2img", "tts"], "input": {"x": "size"}},
            "input: x is from nothing that its tasks have",
        ),
        ({"input": {"x": "prompt"}}, "input and fixed are of other dialects than firepod"),
        ({"workflow": "../x"}, "workflow must be the name of a file in workflows/"),
        ({"workflow": "nothing"}, "workflow nothing is no file in workflows/"),
        ({"workflow": "sdxl-text2img"}, "workflow is what a model of the dialect comfyui has, and"),
        ({"dialect": "comfyui"}, "workflow is what a model of the dialect comfyui has, and no"),
        (
            {"dialect": "comfyui", "workflow": "sdxl-img2img"},
            "workflow: nothing that its tasks have is called init_image",
        ),
    ],
)
def test_what_is_wrong_with_a_model_is_told_in_a_sentence(changes, said):
    found = problems(with_quick(**changes))
    assert len(found) == 1, found
    assert found[0].startswith(f"MODELS: quick: {said}")


def test_everything_that_is_wrong_is_told_at_once():
    table = with_quick(dialect="klingon", tasks=["text2cake"])
    table["voices"] = {}
    assert [one.split(";")[0] for one in problems(table)] == [
        "MODELS: nobody knows voices",
        "MODELS: quick: nobody speaks the dialect klingon",
        "MODELS: quick: there is no task text2cake",
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
