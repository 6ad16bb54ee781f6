"""Two workers of RunPod's Hub: what they take, what they refuse, how their pictures come."""

import base64
import copy
import io

import pytest
import requests
from PIL import Image

# worker-sdxl's own example, at the smallest size.
SDXL = {
    "prompt": "A majestic steampunk dragon soaring through a cloudy sky",
    "negative_prompt": "blurry, low quality",
    "height": 256,
    "width": 320,
    "num_inference_steps": 25,
    "refiner_inference_steps": 50,
    "guidance_scale": 7.5,
    "strength": 0.3,
    "high_noise_frac": 0.8,
    "seed": 42,
    "scheduler": "K_EULER",
    "num_images": 2,
    "image_url": None,
}
GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": ""}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["1", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}},
    "4": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 256, "height": 192, "batch_size": 2},
    },
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["1", 0],
            "seed": 7,
            "steps": 20,
            "cfg": 7,
            "sampler_name": "euler",
            "scheduler": "normal",
            "positive": ["2", 0],
            "negative": ["3", 0],
            "latent_image": ["4", 0],
            "denoise": 1,
        },
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "fox"}},
}
GRAPH["1"]["inputs"]["ckpt_name"] = "sd_xl_base_1.0.safetensors"


@pytest.fixture
def hub(serve, client_of):
    """A client of a Hub worker."""

    def start(worker):
        return client_of(serve(hub={"mine": worker}, ready_made_seconds=0.0), "mine")

    return start


def image(data):
    return Image.open(io.BytesIO(data))


def ended(client, job_input, status="COMPLETED"):
    return client.until(client.run(job_input), status)


def changed(node, **inputs):
    graph = copy.deepcopy(GRAPH)
    graph[node]["inputs"].update(inputs)
    return {"workflow": graph}


def test_sdxl_answers_with_data_urls_and_the_seed(hub):
    output = ended(hub("worker-sdxl"), SDXL)["output"]
    first, second = output["images"]

    assert (output["image_url"], output["seed"], output.keys() - {"images"}) == (
        first,
        42,
        {"image_url", "seed"},
    )
    assert first != second
    prefix, _, text = first.partition(",")
    assert prefix == "data:image/png;base64"
    assert image(base64.b64decode(text)).size == (320, 256)


def test_sdxl_with_a_bucket_answers_with_links_and_restarts_after_a_start_image(hub):
    client = hub("worker-sdxl+bucket")
    first = ended(client, SDXL)["output"]["images"][0]
    output = ended(client, {"prompt": "the same at night", "image_url": first})["output"]

    # `refresh_worker` is for RunPod: the SDK takes it out of the output.
    assert output.keys() == {"images", "image_url", "seed"}
    assert image(requests.get(output["image_url"], timeout=5).content).size == (320, 256)


def test_sdxl_refuses_what_it_does_not_know_and_names_every_mistake(hub):
    wrong = {"prompt": 3, "user_id": "u", "num_images": 3}
    document = ended(hub("worker-sdxl"), wrong, "FAILED")

    assert document["error"] == [
        "Unexpected input. user_id is not a valid input option.",
        "prompt should be <class 'str'> type, not <class 'int'>.",
        "num_images does not meet the constraints.",
    ]
    assert "output" not in document


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"width": 260}, "divisible by 8"), ({"scheduler": "EULER"}, "KeyError: 'EULER'")],
)
def test_sdxl_fails_in_the_middle_as_its_pipeline_does(hub, wrong, words):
    document = ended(hub("worker-sdxl"), SDXL | wrong, "FAILED")

    assert words in str(document["error"]).replace("\\", "")
    assert "output" not in document


def test_comfyui_runs_a_workflow_and_names_its_files(hub):
    images = ended(hub("worker-comfyui"), {"workflow": GRAPH})["output"]["images"]

    assert [(one["filename"], one["type"]) for one in images] == [
        ("fox_00001_.png", "base64"),
        ("fox_00002_.png", "base64"),
    ]
    assert image(base64.b64decode(images[0]["data"])).size == (256, 192)


def test_what_a_workflow_says_changes_its_picture(hub):
    client = hub("worker-comfyui")

    def made(job_input):
        return ended(client, job_input)["output"]["images"][0]["data"]

    usual = made({"workflow": GRAPH})
    assert made({"workflow": GRAPH}) == usual
    assert usual not in {made(changed("5", seed=8)), made(changed("2", text="a wolf"))}


def test_comfyui_with_a_bucket_answers_with_links_and_takes_images_of_the_request(hub):
    client = hub("worker-comfyui+bucket")
    link = ended(client, {"workflow": GRAPH})["output"]["images"][0]
    assert (link["type"], image(requests.get(link["data"], timeout=5).content).size) == (
        "s3_url",
        (256, 192),
    )
    again = changed("5", latent_image=["9", 0])
    again["workflow"]["8"] = {"class_type": "LoadImage", "inputs": {"image": "start.png"}}
    again["workflow"]["9"] = {
        "class_type": "VAEEncode",
        "inputs": {"pixels": ["8", 0], "vae": ["1", 2]},
    }
    start = base64.b64encode(requests.get(link["data"], timeout=5).content).decode()
    given = {"images": [{"name": "start.png", "image": f"data:image/png;base64,{start}"}]}

    assert len(ended(client, again | given)["output"]["images"]) == 1
    assert "Invalid image file: start.png" in ended(client, again, "FAILED")["error"]


@pytest.mark.parametrize(
    ("job_input", "words"),
    [
        ({}, "Missing 'workflow' parameter"),
        ({"workflow": {}}, "Prompt has no outputs"),
        ({"workflow": GRAPH, "images": [{"name": "a"}]}, "'images' must be a list of objects"),
        (changed("6", samples=["99", 0]), "Node 6 (errors): samples leads to no node"),
        (changed("1", ckpt_name="mine.ckpt"), "ckpt_name: 'mine.ckpt' not in ["),
        ({"workflow": {"1": {"class_type": "Own", "inputs": {}}}}, "class_type is missing or not"),
        ({"workflow": {"1": {"class_type": "VAEDecode", "inputs": {}}}}, "missing: samples"),
    ],
)
def test_comfyui_says_what_is_wrong_with_a_workflow(hub, job_input, words):
    assert words in ended(hub("worker-comfyui"), job_input, "FAILED")["error"]


def test_a_worker_that_the_hub_does_not_have_is_refused_on_the_command_line(capsys):
    from local.runpod.arguments import parse_arguments

    assert parse_arguments(["--hub", "mine=worker-sdxl"]).hub == {"mine": "worker-sdxl"}
    with pytest.raises(SystemExit):
        parse_arguments(["--hub", "mine=worker-sd3"])
    assert "--hub mine=worker-sd3" in capsys.readouterr().err


def test_the_real_validator_says_the_same(hub):
    validator = pytest.importorskip("runpod.serverless.utils.rp_validator")
    schema = {
        "prompt": {"type": str, "required": False, "default": None},
        "guidance_scale": {"type": float, "required": False, "default": 7.5},
        "width": {"type": int, "required": False, "default": 1024},
    }
    wrong = {"user_id": "u", "prompt": 3, "width": "wide", "guidance_scale": 7}

    assert sorted(ended(hub("worker-sdxl"), wrong, "FAILED")["error"]) == sorted(
        validator.validate(wrong, schema)["errors"]
    )
