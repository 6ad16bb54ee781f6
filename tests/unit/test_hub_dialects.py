"""Ready workers of RunPod's Hub: what they are asked, and what their answers mean."""

import json
from pathlib import Path

import pytest

from firepod.domain.errors import WORKER_FAILED
from firepod.domain.generation import ErrorCode, Output
from firepod.protocol.dialects import dialect, slots
from firepod.protocol.dialects.comfyui import NOT_THERE, NOTHING_SAVED
from firepod.protocol.dialects.values import Ask, Failure, Link, Made, Packed, Told
from firepod.protocol.dialects.words import NO_MEMORY
from firepod.protocol.dialects.worker_sdxl import NOT_TAKEN

WORKFLOWS = Path(__file__).parents[2] / "functions" / "workflows"
REQUEST = {
    "prompt": "a fox",
    "negative_prompt": "",
    "width": 832,
    "height": 1216,
    "num_images": 2,
    "steps": 20,
    "guidance_scale": 6.5,
    "seed": 7,
    "output_format": "png",
    "extra": {"style": "ink"},
}
PNG = "data:image/png;base64,iVBORw0KGgo="
MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total capacity)"
NAMED_OUTPUT = (Output("generating/u/image/f.png", "image/png"),)


def ask(task_type="text2img", request=None, **more):
    return Ask(
        endpoint_id="e",
        task_type=task_type,
        request=REQUEST if request is None else request,
        outputs=NAMED_OUTPUT,
        **more,
    )


def read(name, output):
    return dialect(name).read(Told(output, "text2img", lambda _: []))


def workflow(name):
    return json.loads((WORKFLOWS / f"{name}.json").read_text())


# --- worker-sdxl --------------------------------------------------------------------------------


def test_sdxl_is_told_its_own_names_and_nothing_that_it_does_not_know():
    told = dialect("worker-sdxl").to_input(ask(request=REQUEST | {"scheduler": "K_EULER"}))

    assert told == {
        "prompt": "a fox",
        "negative_prompt": "",
        "width": 832,
        "height": 1216,
        "num_images": 2,
        "num_inference_steps": 20,
        "guidance_scale": 6.5,
        "seed": 7,
        "scheduler": "K_EULER",
    }


def test_sdxl_is_told_what_is_for_the_refiner_where_it_was_asked_for():
    refined = {"refiner_inference_steps": 10, "high_noise_frac": 0.8, "strength": 0.2}
    told = dialect("worker-sdxl").to_input(ask(request=REQUEST | refined))

    assert told.items() >= refined.items()


def test_a_start_picture_goes_to_sdxls_refiner_with_the_steps_of_the_request():
    url = "https://storage.test/start?signature"
    request = {**REQUEST, "strength": 0.6, "init_image": "uploads/u/a.png"}
    told = dialect("worker-sdxl").to_input(
        ask("img2img", request, inputs={"init_image": url}, fixed={"scheduler": "DDIM"})
    )

    assert told == {
        "prompt": "a fox",
        "seed": 7,
        "strength": 0.6,
        "refiner_inference_steps": 20,
        "image_url": url,
        "scheduler": "DDIM",
    }


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ({"images": [PNG, PNG], "image_url": PNG, "seed": 7}, Made((Packed(PNG), Packed(PNG)))),
        ({"images": ["https://b.s3.test/a.png"]}, Made((Link("https://b.s3.test/a.png"),))),
        ({"image_url": PNG, "seed": 7}, Made((Packed(PNG),))),
        (None, Failure(ErrorCode.OUTPUT_MISSING)),
        ({}, Failure(ErrorCode.OUTPUT_MISSING)),
        ({"images": [PNG, ""]}, Failure(ErrorCode.OUTPUT_MISSING)),
        ({"images": [PNG, 3]}, Failure(ErrorCode.OUTPUT_INVALID)),
        ({"images": PNG}, Failure(ErrorCode.OUTPUT_INVALID)),
        ([PNG], Failure(ErrorCode.OUTPUT_INVALID)),
    ],
)
def test_pictures_of_sdxl_are_data_urls_or_links(output, found):
    assert read("worker-sdxl", output) == found


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (["Unexpected input. user_id is not a valid input option."], (NOT_TAKEN, "worker_error")),
        (f"RuntimeError: {MEMORY}, Stack Trace: <traceback object>", (NO_MEMORY, "out_of_memory")),
        (
            'Unexpected error: {"error_traceback": "File \\"/handler.py\\""}',
            (WORKER_FAILED, "worker_error"),
        ),
        (None, (WORKER_FAILED, "worker_error")),
    ],
)
def test_what_sdxl_fails_with_is_told_in_our_words(error, why):
    assert dialect("worker-sdxl").failure(error) == Failure(ErrorCode(why[1]), why[0])
    # As `refresh_worker` comes with it, RunPod may hand it on within the output.
    if error:
        output = {"error": error, "refresh_worker": True}
        assert read("worker-sdxl", output) == Failure(ErrorCode(why[1]), why[0])


# --- comfyui ------------------------------------------------------------------------------------


def test_a_workflow_of_ten_nodes_gets_the_request_in_its_slots():
    graph = workflow("sdxl-text2img")
    told = dialect("comfyui").to_input(ask(workflow=graph))

    assert len(graph) == 10
    assert told.keys() == {"workflow"}
    filled = {name: node["inputs"] for name, node in told["workflow"].items()}
    assert (filled["4"]["text"], filled["5"]["text"]) == ("a fox", "")
    assert filled["6"] == {"width": 832, "height": 1216, "batch_size": 2}
    assert (filled["8"]["seed"], filled["8"]["steps"], filled["8"]["cfg"]) == (7, 20, 6.5)
    assert "{{" not in json.dumps(told)
    assert "{{" in json.dumps(graph)  # it is the model's, for the next request, too


@pytest.mark.parametrize("task", ["img2img", "inpaint"])
def test_pictures_go_into_a_workflow_by_name_and_along_with_it(task):
    inputs = {"init_image": PNG, "mask_image": PNG.replace("png", "webp")}
    inputs = inputs if task == "inpaint" else {"init_image": PNG}
    paths = dict.fromkeys(inputs, "uploads/u/a.png")
    told = dialect("comfyui").to_input(
        ask(task, REQUEST | paths, workflow=workflow(f"sdxl-{task}"), inputs=inputs)
    )

    names = ["init_image.png", "mask_image.webp"][: len(inputs)]
    assert told["images"] == [
        {"name": name, "image": url} for name, url in zip(names, inputs.values(), strict=True)
    ]
    loaded = [
        node["inputs"]["image"]
        for node in told["workflow"].values()
        if node["class_type"].startswith("LoadImage")
    ]
    assert loaded == names
    assert "uploads/" not in json.dumps(told)


def test_a_slot_keeps_kinds_has_a_value_of_its_own_and_stands_within_words():
    graph = {
        "1": {"inputs": {"a": "{{seed}}", "b": "{{ steps = 25 }}", "c": ["1", 0]}},
        "2": {"inputs": {"a": "ink, {{prompt}}, {{style=plain}}", "b": ["{{cfg=7.5}}"], "c": True}},
    }
    filled = slots.fill(graph, {"seed": 2**53 - 1, "prompt": "a {{seed}} fox"})

    assert filled == {
        "1": {"inputs": {"a": 2**53 - 1, "b": 25, "c": ["1", 0]}},
        "2": {"inputs": {"a": "ink, a {{seed}} fox, plain", "b": [7.5], "c": True}},
    }
    assert list(slots.names(graph)) == ["seed", "steps", "prompt", "style", "cfg"]


@pytest.mark.parametrize("name", ["sdxl-text2img", "sdxl-img2img", "sdxl-inpaint"])
def test_every_slot_of_our_workflows_is_a_field_of_its_task(name):
    from firepod.kinds.registry import TASKS

    task = TASKS[name.removeprefix("sdxl-")]
    known = {field.name for field in task.fields}

    assert set(slots.names(workflow(name))) <= known
    assert {"prompt", "seed"} <= set(slots.names(workflow(name)))


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (
            {
                "images": [
                    {"filename": "a_00001_.png", "type": "base64", "data": "iVBO"},
                    {"filename": "a_00002_.png", "type": "s3_url", "data": "https://b.test/a.png"},
                ],
                "errors": ["Node 9 produced unhandled output keys"],
            },
            Made((Packed("iVBO"), Link("https://b.test/a.png"))),
        ),
        (
            {"status": "success_no_images", "images": []},
            Failure(ErrorCode.OUTPUT_MISSING, NOTHING_SAVED),
        ),
        ({"errors": ["x"]}, Failure(ErrorCode.OUTPUT_MISSING, NOTHING_SAVED)),
        ({"images": [{"type": "base64", "data": 3}]}, Failure(ErrorCode.OUTPUT_INVALID)),
        ({"images": [{"type": "file", "data": "/etc/passwd"}]}, Failure(ErrorCode.OUTPUT_INVALID)),
        ({"images": ["iVBO"]}, Failure(ErrorCode.OUTPUT_INVALID)),
        ({"images": "iVBO"}, Failure(ErrorCode.OUTPUT_INVALID)),
        (None, Failure(ErrorCode.OUTPUT_MISSING)),
        ("done", Failure(ErrorCode.OUTPUT_INVALID)),
    ],
)
def test_pictures_of_comfyui_are_base64_or_links_and_warnings_are_none(output, found):
    assert read("comfyui", output) == found


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            "Workflow validation failed:\n• Node 1 (errors): ckpt_name 'a' not in ['/models/b']",
            (NOT_THERE, "model_unavailable"),
        ),
        (
            "Workflow execution error: Node Type: KSampler, Message: Allocation on device",
            (NO_MEMORY, "out_of_memory"),
        ),
        ("ComfyUI server (127.0.0.1:8188) not reachable", (WORKER_FAILED, "worker_error")),
        ("Job processing failed", ("Job processing failed", "worker_error")),
    ],
)
def test_what_comfyui_fails_with_names_nothing_of_its_machine(error, why):
    expected = Failure(ErrorCode(why[1]), why[0])
    assert dialect("comfyui").failure(error) == expected
    assert read("comfyui", {"error": error}) == expected


def test_a_model_of_comfyui_without_a_workflow_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="workflow"):
        dialect("comfyui").to_input(ask())
