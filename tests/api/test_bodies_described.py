"""The bodies in the OpenAPI document are the tasks' own, and agree with what is taken."""

import jsonschema_rs
import pytest

from tests.api.recorded import as_base64, npy, wav

TEXT = as_base64(wav())


@pytest.fixture
def schemas(service):
    return service.get("/api/openapi.json", user=None).json["components"]["schemas"]


def valid(schemas, name, body):
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return jsonschema_rs.is_valid(schema, body)


@pytest.mark.parametrize(
    ("body", "task", "fields"),
    [
        ("CloneJson", "VoiceClone", {"name", "reference_text", "language", "extra"}),
        ("CloneForm", "VoiceClone", {"name", "reference_text", "language"}),
        ("SaveVoice", "VoiceClone", {"name"}),
        ("Speak", "TextToSpeech", {"voice_id", "text", "speed", "language", "extra"}),
        ("SaveSpeech", "TextToSpeech", {"text"}),
    ],
)
def test_a_bodys_fields_have_the_bounds_of_the_task(schemas, body, task, fields):
    own, tasks = schemas[body]["properties"], schemas[task]["properties"]

    assert {name: own[name] for name in fields} == {name: tasks[name] for name in fields}


@pytest.mark.parametrize(
    ("path", "name", "rest"),
    [
        ("/api/voices/clone", "CloneJson", {"audio_base64": TEXT}),
        (
            "/api/voices/save",
            "SaveVoice",
            {"audio_base64": TEXT, "profile_base64": as_base64(npy())},
        ),
    ],
)
@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ({"name": "Ann"}, True),
        ({"voice_name": "Ann"}, True),
        ({}, False),
        ({"voice_name": "x" * 81}, False),
        ({"voice_name": 7}, False),
        ({"name": " "}, False),
    ],
)
def test_a_voice_is_named_as_the_document_says(service, schemas, path, name, rest, names, taken):
    answer = service.post(path, json=names | rest, headers={"Prefer": "wait=0"})

    assert (answer.status_code in {200, 202}) is taken
    if names != {"name": " "}:  # no schema tells spaces from a name
        assert valid(schemas, name, names | rest) is taken


@pytest.mark.parametrize("path", ["/api/voices/clone", "/api/voices/save"])
def test_two_names_that_differ_are_refused(service, path):
    body = {"name": "Ann", "voice_name": "Bob", "audio_base64": TEXT, "profile_base64": TEXT}
    answer = service.post(path, json=body)

    assert answer.status_code == 400
    problems = [one["problem"] for one in answer.json["error"]["details"]["fields"]]
    assert any(one.startswith("differs from ") for one in problems)
    assert service.backend.gpu.calls == []


def test_a_field_that_cloning_does_not_know_is_in_neither(service, schemas):
    body = {"name": "Ann", "audio_base64": TEXT, "pitch": 2}

    assert service.post("/api/voices/clone", json=body).status_code == 400
    assert not valid(schemas, "CloneJson", body)


def test_what_runpod_answered_besides_is_ignored_by_saving(service, schemas):
    body = {
        "status": "success",
        "voice_name": "Ann",
        "audio_base64": TEXT,
        "profile_base64": as_base64(npy()),
    }
    assert service.post("/api/voices/save", json=body).status_code == 200
    assert valid(schemas, "SaveVoice", body)


def test_starting_a_generation_takes_the_tasks_themselves_told_apart_by_task_type(service):
    document = service.get("/api/openapi.json", user=None).json
    body = document["paths"]["/generations"]["post"]["requestBody"]["content"]
    schema = body["application/json"]["schema"]
    mapping = schema["discriminator"]["mapping"]

    assert schema["discriminator"]["propertyName"] == "task_type"
    assert [one["$ref"] for one in schema["oneOf"]] == list(mapping.values())
    for task, ref in mapping.items():
        model = document["components"]["schemas"][ref.rpartition("/")[2]]
        assert model["properties"]["task_type"]["const"] == task
