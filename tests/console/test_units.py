"""The console's reckoning, without a browser: what a request weighs, and what a page remembers."""

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
# A hundred generations with two previews each, and before them one that ends.
PREVIEWS = """
import { notePreview, previewsOf } from "./src/see/previews.ts";
const known = {user_id: "u", media_type: "images", attempt: 1};
const of = (file_uid, preview) => ({...known, file_uid, preview});
const seen = (uid) => previewsOf(of(uid));
notePreview(of("ended", "a"));
notePreview(of("ended", "b"));
notePreview(of("ended", undefined));
const ended = {...seen("ended")};
for (const shown of ["a", "b"]) {
  for (let number = 0; number < 100; number += 1) notePreview(of(String(number), shown));
}
console.log(JSON.stringify({
  ended: [ended.count, ended.shown ?? null, ended.first <= ended.latest],
  left: [seen("ended") ?? null, seen("0").count, seen("99").shown],
}));
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


@pytest.fixture
def answer_of(tmp_path):
    """Runs a program beside the console's sources and gives what it prints, which is JSON."""

    def ran(source, *arguments):
        bundled = subprocess.run(
            [
                *("node_modules/.bin/esbuild", "--bundle", "--format=esm", "--platform=browser"),
                *("--alias:firepod=../clients/js/src", "--alias:firebase=./node_modules/firebase"),
            ],
            input=source,
            cwd=WEB,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        program = tmp_path / "program.mjs"
        program.write_text(bundled.stdout)
        done = subprocess.run(
            ["node", program, *arguments], capture_output=True, text=True, check=True, timeout=60
        )
        return json.loads(done.stdout)

    return ran


def test_the_form_weighs_as_the_backend_does(answer_of):
    def filled(request):
        task = TASKS[request["task_type"]]
        usual = {one.name: one.default for one in task.fields if one.default is not None}
        return {"text": "", **usual, **request}

    said = answer_of(PROGRAM, json.dumps(REQUESTS))
    assert said == [TASKS[one["task_type"]].units(filled(one)) for one in REQUESTS]


def test_a_page_keeps_few_previews_and_none_of_what_has_ended(answer_of):
    assert answer_of(PREVIEWS) == {"ended": [2, None, True], "left": [None, 2, "b"]}
