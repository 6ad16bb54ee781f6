"""docs/contract.md says of the code what is so: its tables are compared with what is there."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from firebase_functions.params import Param, SecretParam

import main
from firepod import parameters
from firepod.domain.budget import Total
from firepod.domain.generation import ErrorCode, Event, Generation, Job, MediaType, Status
from firepod.domain.owned import Erasure
from firepod.domain.quota import Quota
from firepod.domain.records import Key
from firepod.entrypoints.rest.app import build
from firepod.entrypoints.rest.errors import STATUS
from firepod.kinds.registry import TASKS
from local.stack.ports import stack_ports

ROOT = Path(__file__).parents[2]
FILES = {one.name for task in TASKS.values() for one in task.fields if one.file}
TEXT = (ROOT / "docs" / "contract.md").read_text()
OPENAPI = build("*").test_client().get("/api/openapi.json").json


def words(text):
    return re.findall(r"`([^`]+)`", text)


def table(head):
    """The rows of the table whose header begins so, as lists of cells."""
    _, _, below = TEXT.partition(f"\n| {head} |")
    assert below, f"no table {head}"
    lines = below.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def names(head):
    """What the first cells of a table name."""
    return [name for row in table(head) for name in words(row[0])]


def section(number):
    return re.split(r"\n## \d\. ", TEXT)[number]


def task_models():
    content = OPENAPI["paths"]["/generations"]["post"]["requestBody"]["content"]
    mapping = content["application/json"]["schema"]["discriminator"]["mapping"]
    schemas = OPENAPI["components"]["schemas"]
    found = {task: schemas[ref.rpartition("/")[2]] for task, ref in mapping.items()}
    return {task: with_our_names(model) for task, model in found.items()}


def with_our_names(model):
    """A schema without the other spellings of its fields."""
    one_of = [choice["anyOf"][0]["required"][0] for choice in model.get("allOf", [])]
    ours = {n: one for n, one in model["properties"].items() if "x-spelling-of" not in one}
    return model | {"properties": ours, "required": [*model["required"], *one_of]}


def spellings():
    """Every other spelling of a field, with the field and its tasks, as OpenAPI has them."""
    schemas = OPENAPI["components"]["schemas"]
    found = {}
    for task in task_models():
        for name, one in schemas[TASKS[task].model]["properties"].items():
            if "x-spelling-of" in one:
                found.setdefault((name, one["x-spelling-of"]), []).append(task)
    return found


def fields_of(task):
    """The fields that the page gives a task."""
    row = {words(row[0])[0]: row[2] for row in table("`task_type`")}[task]
    found = set()
    for name in words(row):
        found |= fields_of(name) if name in task_models() else {name}
    return found


def test_every_deployed_function_has_its_line_and_nothing_else_has():
    assert sorted(names("Name")) == sorted(main.__all__)


def test_every_route_has_its_line_and_nothing_else_has():
    served = {
        f"{method.upper()} /api{path}"
        for path, operations in OPENAPI["paths"].items()
        for method in operations
    }
    assert set(names("Route")) == served | {"GET /api/openapi.json", "GET /api/docs"}


def test_what_a_route_answers_when_all_is_well_is_what_its_description_declares():
    for row in table("Route"):
        method, path = words(row[0])[0].split(" ")
        operation = OPENAPI["paths"].get(path.removeprefix("/api"), {}).get(method.lower())
        if operation is not None and not row[1].startswith(("as ", "a ", "keeps", "multipart")):
            declared = {status for status in operation["responses"] if status.startswith("2")}
            assert declared & set(re.findall(r"\b2\d\d\b", row[1])), row[0]


def test_a_model_is_told_with_the_fields_that_its_description_declares():
    answers = {row[0]: row[1] for row in table("Route")}
    told = re.search(r"each `\{(.*?)\}`", answers["`GET /api/models`"])[1]
    assert re.findall(r'"(\w+)"', told) == list(
        OPENAPI["components"]["schemas"]["Model"]["properties"]
    )


def test_every_task_has_its_fields_and_its_media_type():
    rows = {words(row[0])[0]: words(row[1]) for row in table("`task_type`")}
    assert set(rows) == set(task_models())
    assert {kind for kinds in rows.values() for kind in kinds} == set(MediaType)
    for task, model in task_models().items():
        expected = set(model["properties"]) - {"task_type", "idempotency_key", "model"}
        assert fields_of(task) == expected, task


def test_every_field_of_a_task_has_its_default_and_its_bounds():
    rows: dict[str, list[list[str]]] = {}
    for row in table("Field | Default"):
        rows.setdefault(words(row[0])[0], []).append(row)
    seen = set()
    for model in task_models().values():
        for name, schema in model["properties"].items():
            if name in {"task_type", "idempotency_key", "model"}:
                continue
            seen.add(name)
            # One line for each default that tasks have for it.
            usual = str(schema.get("default"))
            fits = [row for row in rows[name] if row[1] == usual]
            _, default, allowed = (fits or rows[name])[0]
            assert (default == "required") == (name in model["required"]), name
            if schema.get("default") not in (None, "", {}) and name not in model["required"]:
                assert default == str(schema["default"]), name
            for bounds in [schema, *schema.get("anyOf", [])]:
                low = bounds.get("minimum", bounds.get("minLength"))
                high = bounds.get("maximum", bounds.get("maxLength"))
                if high is None or name in {*FILES, "language", "voice_id"}:
                    continue
                assert allowed.startswith(f"{low or 0:g}..{high}"), name
    assert set(rows) == seen


def test_every_other_spelling_of_a_field_has_its_line():
    rows = {(words(row[0])[0], words(row[1])[0]): words(row[2]) for row in table("Also spelled")}
    assert rows == spellings()


def test_every_code_of_an_error_has_its_http_status():
    assert {words(row[0])[0]: int(row[1]) for row in table("Code")} == STATUS


def test_every_field_of_a_generation_has_its_line_and_nothing_else_has():
    assert sorted(names("Field | There")) == sorted(one.name for one in fields(Generation))


def test_every_reason_for_a_failure_has_its_line_and_nothing_else_has():
    assert sorted(names("`error_code`")) == sorted(ErrorCode)


def test_every_event_of_a_timeline_has_its_line_and_its_type():
    events = sorted(set(Event) - {Event.DISCARDED})  # which no document outlives
    assert sorted(names("`event`")) == events
    types = (ROOT / "clients" / "js" / "src" / "types.ts").read_text()
    declared = types.partition("interface Happened")[2].partition("at: Timestamp")[0]
    assert sorted(re.findall(r'"(\w+)"', declared)) == events


def test_the_state_machine_names_every_status():
    for status in Status:
        assert status in section(3).partition("### The state machine")[2]


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("jobs/{file_uid}", Job),
        ("quotas/{user_id}", Quota),
        ("totals/units", Total),
        ("idempotency_keys/{hash}", Key),
        ("erasures/{user_id}", Erasure),
    ],
)
def test_every_field_of_the_backends_documents_is_named(document, value):
    rows = {words(row[0])[0]: words(row[1]) for row in table("Document")}
    assert sorted(rows[document]) == sorted(one.name for one in fields(value))


def test_every_collection_that_the_rules_deny_is_named_and_no_other():
    rules = (ROOT / "firestore.rules").read_text()
    denied = set(re.findall(r"match /(\w+)/\{document=\*\*\}", rules))
    assert {name.partition("/")[0] for name in names("Document")} == denied


def test_every_folder_of_the_bucket_is_one_that_the_rules_know():
    folders = {name.partition("/")[0] for name in names("Path") if "/" in name}
    rules = (ROOT / "storage.rules").read_text()
    assert folders == set(re.findall(r"match /(\w+)/", rules)) - {"b"}


def test_every_parameter_has_its_line_and_its_default():
    declared = [one for one in vars(parameters).values() if isinstance(one, Param)]
    declared += parameters.ENDPOINTS.values()
    rows = {words(row[0])[0]: row[1] for row in table("Parameter")}
    defaults = {
        one.name: f"`{str(one.default).lower() if isinstance(one.default, bool) else one.default}`"
        for one in declared
        if not isinstance(one, SecretParam)
    }
    assert rows == {name: "none" if text == "``" else text for name, text in defaults.items()}
    assert sorted(names("Secret")) == sorted(parameters.SECRETS)


def test_every_port_of_a_stack_is_named():
    ports = stack_ports(json.loads((ROOT / "firebase.json").read_text()), 0)
    assert {int(row[0]): words(row[1])[0] for row in table("Port")} == {
        port: service for service, port in ports.items()
    }


def test_the_sections_are_numbered_without_a_gap():
    assert re.findall(r"\n## (\d)\. ", TEXT) == [str(number) for number in range(1, 9)]
