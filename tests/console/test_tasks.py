"""The console's table of tasks says what the backend's catalog says."""

import json
import subprocess

import pytest

from firepod.kinds.registry import TASKS
from local.stack.child import ROOT

BOUNDS = {
    "min": "minimum",
    "max": "maximum",
    "multiple": "multipleOf",
    "maxLength": "maxLength",
    "default": "default",
}
WITHOUT_A_LENGTH = {"file", "voice"}  # whose value nobody types


@pytest.fixture(scope="module")
def table():
    """TASKS of web/src/tasks.js."""
    program = 'import("./tasks.js").then(({TASKS}) => console.log(JSON.stringify(TASKS)))'
    done = subprocess.run(
        ["node", "--input-type=module", "-e", program],
        cwd=ROOT / "web/src",
        check=True,
        capture_output=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def shown(field):
    """Required or not, and the bounds, of a field of the console."""
    return {"required": field.get("required", False)} | {
        name: field[name] for name in BOUNDS if name in field
    }


def accepted(schema, name):
    """The same of a field of the catalog."""
    field = schema["properties"][name]
    for option in field.get("anyOf", []):
        if option["type"] != "null":
            field = option | {key: field[key] for key in ("default",) if field.get(key) is not None}
    return {"required": required(schema, name)} | {
        ours: field[theirs] for ours, theirs in BOUNDS.items() if theirs in field
    }


def required(schema, name):
    """Whether one of the spellings of a field has to be there."""
    one_of = [choice["anyOf"][0]["required"][0] for choice in schema.get("allOf", [])]
    return name in [*schema["required"], *one_of]


def test_the_console_offers_the_task_types_of_the_catalog(table):
    assert {name: task["mediaType"] for name, task in table.items()} == {
        name: str(task.media_type) for name, task in TASKS.items()
    }


@pytest.mark.parametrize("task_type", TASKS)
def test_a_task_has_the_fields_defaults_and_bounds_of_the_catalog(table, task_type):
    schema = TASKS[task_type].request.model_json_schema()
    offered = {field["name"]: field for field in table[task_type]["fields"]}
    ours = {name for name, one in schema["properties"].items() if "x-spelling-of" not in one}
    assert offered.keys() == ours - {"task_type"}
    for name, field in offered.items():
        wanted = accepted(schema, name)
        if field["kind"] in WITHOUT_A_LENGTH:
            wanted.pop("maxLength", None)
        assert shown(field) == wanted, name


@pytest.mark.parametrize("task_type", TASKS)
def test_the_usual_sizes_are_accepted(table, task_type):
    sizes = table[task_type].get("sizes", {"names": [], "choices": []})
    model = TASKS[task_type].request
    for _, *size in sizes["choices"]:
        values = dict(zip(sizes["names"], size, strict=True))
        files = {one.name: "uploads/u/boat.png" for one in TASKS[task_type].fields if one.file}
        required = {"task_type": task_type, "prompt": "a boat", **files}
        model.model_validate(required | values)
