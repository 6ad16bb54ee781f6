"""Every ready-made model of the table at the local RunPod, which checks as RunPod does.

What our dialects ask is taken, and their answers hold media of the right kind.
"""

import base64
import io

import pytest
import requests
from PIL import Image

from firepod.domain.generation import Generation, Status
from firepod.kinds import media_kinds, registry
from firepod.kinds.registry import TASKS
from firepod.models.parameters import COMFYUI, DEFAULT_TABLE, SDXL
from firepod.models.request import parse_request
from firepod.models.table import read_models
from firepod.protocol.dialects import OWN, dialect
from firepod.protocol.dialects.values import Ask, Link, Made, Told
from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from tests.fakes.clock import FakeClock
from tests.fakes.values import make_settings

HUB = {"my-sdxl": "worker-sdxl", "my-comfyui": "worker-comfyui"}
SETTINGS = make_settings(endpoints={SDXL: "my-sdxl", COMFYUI: "my-comfyui"})
WORDS = {"prompt": "a lighthouse", "text": "Good evening."}
MADE = [
    (model.id, task)
    for model in read_models(DEFAULT_TABLE).values()
    for task in model.tasks
    if model.dialect != OWN and not (model.by_sample and task == "voice_clone")
]


@pytest.fixture(scope="module")
def runpod():
    settings = Settings(ready_made_seconds=0.0, tick=0.05)
    with running_in_thread([], hub=HUB, settings=settings) as runpod:
        yield runpod


@pytest.fixture(scope="module")
def inputs(runpod):
    """URLs of a picture and of a sound, made there as well."""
    picture = ended(runpod, "z-image-turbo", {"prompt": "start", "size": "512*512"})
    sound = ended(runpod, "chatterbox-turbo", {"prompt": "A sample."})
    return {"picture": picture["image_url"], "sound": sound["audio_url"]}


def ended(runpod, endpoint, job_input):
    url, key = f"{runpod.url}/{endpoint}", {"Authorization": "Bearer local"}
    body = requests.post(
        f"{url}/runsync?wait=60000", json={"input": job_input}, headers=key, timeout=90
    ).json()
    assert body["status"] == "COMPLETED", body
    return body["output"]


def asked(model, task, inputs):
    named = {one.name: "uploads/ann/x" for one in TASKS[task].inputs}
    words = {name: WORDS[name] for name in WORDS if name in {f.name for f in TASKS[task].fields}}
    if "min" in model.bounds.get("num_frames", {}):
        words["num_frames"] = model.bounds["num_frames"]["min"]
    if task == "tts":
        named = {"voice_id": "voice_ann_0000000a"}
    request, _ = parse_request(SETTINGS, {"task_type": task, "model": model.id, **words, **named})
    data = request.recorded()
    if model.takes("seed") and any(one.name == "seed" for one in TASKS[task].fields):
        data["seed"] = 7
    files = {name: inputs["picture"] for name in named if name != "voice_id"}
    if model.by_sample:
        files = {"sample": inputs["sound"]}
    if dialect(model.dialect).inputs_inline:
        files = {name: data_url(url) for name, url in files.items()}
    generation = Generation(
        user_id="ann",
        media_type=TASKS[task].media_type,
        file_uid="f1",
        task_type=task,
        status=Status.QUEUED,
        attempt=1,
        request_data=data,
        model=model.id,
        created_at=FakeClock().now(),
        modified=FakeClock().now(),
    )
    return Ask(
        endpoint_id="e",
        task_type=task,
        request=data,
        inputs=files,
        outputs=TASKS[task].outputs(generation.ref, data, FakeClock().now()),
        names=model.input,
        fixed=model.fixed,
        workflow=model.workflow,
    )


def data_url(url):
    return (
        f"data:image/png;base64,{base64.b64encode(requests.get(url, timeout=10).content).decode()}"
    )


@pytest.mark.parametrize(("name", "task"), MADE, ids=str)
def test_a_ready_made_model_takes_what_it_is_asked_and_makes_what_was_asked_for(
    runpod, inputs, name, task
):
    model = read_models(DEFAULT_TABLE)[name]
    speaks, ask = dialect(model.dialect), asked(model, task, inputs)
    endpoint = SETTINGS.endpoints.get(model.endpoint, model.endpoint)
    output = ended(runpod, endpoint, speaks.to_input(ask))
    made = speaks.read(Told(output, task, registry.TASKS[task].read))

    assert isinstance(made, Made)
    assert len(made.media) == len(ask.outputs) == ask.request.get("num_images", 1)
    assert (made.cost_usd is None) == (name == "chatterbox-turbo" or model.price is None)
    for one, wanted in zip(made.media, ask.outputs, strict=True):
        data = (
            requests.get(one.url, timeout=10).content
            if isinstance(one, Link)
            else base64.b64decode(one.text.rpartition(",")[2])
        )
        assert media_kinds.matches(wanted.content_type, data[: media_kinds.SNIFF_BYTES])
        if wanted.content_type.startswith("image/") and name not in {
            "qwen-image-edit",
            "worker-sdxl-refiner",
        }:
            size = (ask.request["width"], ask.request["height"])
            assert Image.open(io.BytesIO(data)).size == size
