"""What the form says that a request weighs is what the backend counts."""

import json
import subprocess

import pytest

from firepod.kinds.registry import TASKS
from local.stack.child import ROOT

WEB = ROOT / "web"
PROGRAM = """
import { fieldsOf, unitsOf } from "./src/make/request.ts";
const requests = JSON.parse(process.argv[2]);
const units = requests.map((one) => unitsOf(one, fieldsOf(one.task_type), undefined));
console.log(JSON.stringify(units));
"""
REQUESTS = [
    {"task_type": "text2img"},
    {"task_type": "text2img", "width": 1024, "height": 512, "steps": 50, "num_images": 3},
    {"task_type": "img2img", "width": 256, "height": 256},
    {"task_type": "inpaint", "refiner_inference_steps": 20, "num_images": 8},
    {"task_type": "text2video"},
    {"task_type": "img2video", "num_frames": 257, "steps": 7, "video_width": 1280},
    {"task_type": "voice_clone", "name": "Ada"},
    {"task_type": "tts"},
    {"task_type": "tts", "text": "a" * 500},
    {"task_type": "tts", "text": "\N{FACE WITH TEARS OF JOY}" * 501},
]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Units of REQUESTS as the form says them."""
    program = tmp_path_factory.mktemp("units") / "program.mjs"
    bundled = subprocess.run(
        [
            *("node_modules/.bin/esbuild", "--bundle", "--format=esm", "--platform=node"),
            "--alias:firepod=../clients/js/src",
        ],
        input=PROGRAM,
        cwd=WEB,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    program.write_text(bundled.stdout)
    done = subprocess.run(
        ["node", program, json.dumps(REQUESTS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_the_form_weighs_as_the_backend_does(said):
    def filled(request):
        task = TASKS[request["task_type"]]
        usual = {one.name: one.default for one in task.fields if one.default is not None}
        return {"text": "", **usual, **request}

    assert said == [TASKS[one["task_type"]].units(filled(one)) for one in REQUESTS]
