"""What one tries a worker with makes what it says, and RunPod's Hub is told what is so."""

import asyncio
import base64
import json
import re
from pathlib import Path

import pytest

from firepod.kinds import media_kinds, registry
from worker.engines import load_engine
from worker.engines.table import models
from worker.run import Surroundings, run_job

ROOT = Path(__file__).parents[2]
INPUTS = ROOT / "worker" / "test_inputs"
MADE = {"images": "image/", "videos": "video/", "voices": "audio/", "tts": "audio/"}
KEPT = {"images": "images", "videos": "video", "voices": "audio_base64", "tts": "audio_base64"}


def hub(name):
    return json.loads((ROOT / ".runpod" / f"{name}.json").read_text())


def run(job):
    logged = []
    around = Surroundings(
        load_engine(), None, lambda _job, _progress: None, lambda line, _job: logged.append(line)
    )
    answer = asyncio.run(run_job({"id": "local_test", **job}, around))
    assert "error" not in answer, (answer, logged)
    return answer


@pytest.mark.parametrize("task", registry.TASKS)
def test_every_tasks_input_makes_its_media_without_anything_around_it(task):
    media_type = registry.TASKS[task].media_type
    media = run(json.loads((INPUTS / f"{task}.json").read_text()))[KEPT[media_type]]
    data = base64.b64decode(media[0] if isinstance(media, list) else media)
    assert media_kinds.sniff(data).startswith(MADE[media_type])


def test_there_is_an_input_of_every_task_and_of_no_other():
    assert {path.stem for path in INPUTS.iterdir()} == set(registry.TASKS)


def test_the_hub_tries_what_its_model_makes():
    tests = hub("tests")
    chosen = {one["key"]: one["value"] for one in tests["config"]["env"]}["FIREPOD_MODEL"]
    for test in tests["tests"]:
        assert test["name"] in models()[chosen].tasks
        assert test["input"] == json.loads((INPUTS / f"{test['name']}.json").read_text())["input"]


def test_the_hub_offers_the_models_of_its_image_and_asks_for_its_driver():
    config = hub("hub")["config"]
    asked = {one["key"]: one["input"] for one in config["env"]}
    ours = {one.name: one.label for one in models().values() if one.engine == "diffusers"}
    tasks = {one.name for one in models().values() if one.tasks}
    offered = {one["value"]: one["label"] for one in asked["FIREPOD_MODEL"]["options"]}
    assert offered == {name: label for name, label in ours.items() if name in tasks}
    assert asked["FIREPOD_MODEL"]["default"] in offered
    assert all(set(preset["defaults"]) == {"FIREPOD_MODEL"} for preset in config["presets"])
    assert {preset["defaults"]["FIREPOD_MODEL"] for preset in config["presets"]} <= set(offered)
    text = (ROOT / ".runpod" / "Dockerfile").read_text()
    (cuda,) = re.findall(r"FROM nvidia/cuda:(\d+\.\d+)", text)
    assert config["allowedCudaVersions"] == hub("tests")["config"]["allowedCudaVersions"] == [cuda]


def test_the_hub_asks_for_nothing_that_no_worker_reads():
    documented = set(re.findall(r"\| `([A-Z_]+)` \|", (ROOT / "worker" / "README.md").read_text()))
    assert {one["key"] for one in hub("hub")["config"]["env"]} <= documented
