"""A task is one entry, one function of an engine, and its test: with them it is everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCH = Path(__file__).parent / "upscale.patch"
NOT_NEEDED = ("bench/", "examples/", ".github/", "tests/house/")
LISTS = """
import json, sys
from firepod.entrypoints.rest.app import build
from firepod.kinds.catalog import parse_request
from worker.engines.procedural.engine import ProceduralEngine, _MAKERS

fields = {"task_type": "upscale", "init_image": "uploads/ann/a.png"}
document = build("*").test_client().get("/api/v1/openapi.json").json
bodies = [
    operation["requestBody"]["content"]["application/json"]["schema"]
    for path, operations in document["paths"].items()
    for operation in operations.values()
    if path.endswith("/generations") and "requestBody" in operation
]
json.dump({
    "callable": parse_request(fields).task_type,
    "rest": [one["discriminator"]["mapping"]["upscale"].split("/")[-1] for one in bodies],
    "schema": [
        name
        for one in document["components"]["schemas"]["Upscale"]["allOf"][0]["anyOf"]
        for name in one["required"]
    ],
    "worker": "upscale" in _MAKERS,
}, sys.stdout)
"""
# Those of the product's own tests that look at every task that there is.
TESTS = (
    "tests/unit/entrypoints/test_upscale.py",
    "tests/unit/test_registry.py",
    "tests/console/test_tasks.py",
    "tests/docs/test_generated.py",
    "tests/docs/test_contract.py",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree with the patch, after `make generate`."""
    copy = tmp_path_factory.mktemp("tree")
    listed = run(["git", "ls-files"], ROOT).stdout.splitlines()
    for name in listed:
        if not name.startswith(NOT_NEEDED) and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    run(["git", "apply", str(PATCH)], copy)
    run([sys.executable, "-m", "tools.generate"], copy)
    return copy


def run(command, folder):
    environment = os.environ | {"PYTHONPATH": f"{folder}/functions:{folder}"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_patch_has_an_entry_a_function_and_a_test():
    assert re.findall(r"^\+\+\+ b/(.*)$", PATCH.read_text(), re.MULTILINE) == [
        "functions/firepod/kinds/pictures.py",
        "tests/unit/entrypoints/test_upscale.py",
        "worker/engines/procedural/pictures.py",
    ]


def test_callable_rest_openapi_and_worker_have_a_new_task(tree):
    program = [sys.executable, "-c", LISTS]
    found = json.loads(run(program, tree).stdout)
    assert found.pop("rest") in (["Upscale"], ["Upscale"] * 2)  # with or without the old paths
    assert found == {
        "callable": "upscale",
        "schema": ["init_image", "image", "image_url"],
        "worker": True,
    }


UPSCALE = "A picture of the caller's, twice as large."


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("docs/contract.md", "| `upscale` | `images` | `init_image`, `extra`, `metadata` |"),
        ("AGENTS.md", f"| `upscale` | {UPSCALE} | `init_image` | `extra`, `metadata` |"),
        ("README.md", f"- `upscale`: {UPSCALE} Needs `init_image`."),
        ("llms.txt", f"- `upscale`: {UPSCALE} Needs `init_image`."),
    ],
)
def test_the_pages_have_a_new_task(tree, page, line):
    assert f"\n{line}\n" in (tree / page).read_text()


def test_form_and_types_have_a_new_task_and_agree(tree):
    types = (tree / "clients/js/src/types.ts").read_text()
    assert 'export interface Upscale extends Task {\n  task_type: "upscale";' in types
    assert "\n  | Upscale" in types
    form = (tree / "web/src/tasks.js").read_text()
    assert 'upscale: {\n    label: "Enlarge a picture",' in form
    modules = ROOT / "web/node_modules"
    (tree / "web/node_modules").symlink_to(modules.resolve())
    run([str(modules / ".bin/tsc"), "--project", "."], tree / "web")


def test_a_new_task_passes_its_own_test_and_those_of_every_task(tree):
    said = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS], tree)
    assert " passed" in said.stdout
    assert "skipped" not in said.stdout
