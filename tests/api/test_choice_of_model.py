"""The field `model` of a request: who makes it, within which bounds, and what is written down."""

from pathlib import Path

import pytest

from tests.api.recorded import as_base64, wav
from tests.api.voices import NOW

TABLE = Path(__file__).parents[2] / "functions" / "models.toml"
PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
QUICK = """
[models.quick]
label = "Quick pictures"
endpoint = "RUNPOD_VIDEO_ENDPOINT_ID"
dialect = "firepod"
tasks = ["text2img", "tts"]
defaults = { steps = 4, width = 512 }
bounds = { width = { max = 768, multiple_of = 64 }, steps = { min = 2 } }
licence = "MIT"
source = "somewhere"
"""


@pytest.fixture
def table(service, tmp_path):
    """A table with one more model, on the endpoint of the videos."""
    path = tmp_path / "models.toml"
    path.write_text(TABLE.read_text() + QUICK)
    service.with_settings(models=path)
    return path


def started(service, **fields):
    answer = service.post("/api/generations", json={**PICTURE, **fields})
    assert answer.status_code == 202, answer.text
    return service.get(answer.json["urls"]["self"]).json


def problem(service, **fields):
    answer = service.post("/api/generations", json={**PICTURE, **fields})
    assert answer.status_code == 400
    (found,) = answer.json["error"]["details"]["fields"]
    return found["field"], found["problem"]


def endpoint_of(service, shown):
    return service.backend.store.find_job(shown["file_uid"]).endpoint_id


@pytest.mark.usefixtures("table")
def test_a_named_model_makes_it_at_its_endpoint_with_its_defaults_and_is_recorded(service):
    shown = started(service, model="quick", height=768)

    endpoints = service.backend.settings.endpoints
    assert endpoint_of(service, shown) == endpoints["RUNPOD_VIDEO_ENDPOINT_ID"]
    assert shown["model"] == "quick"
    asked = shown["request_data"]
    assert (asked["width"], asked["height"], asked["steps"]) == (512, 768, 4)
    assert "model" not in asked


@pytest.mark.usefixtures("table")
def test_without_one_the_default_of_the_task_makes_it_and_nothing_is_recorded(service):
    shown = started(service)

    assert endpoint_of(service, shown) == "endpoint-images"
    assert "model" not in shown
    assert shown["request_data"]["steps"] == 30


@pytest.mark.usefixtures("table")
def test_one_that_is_not_there_or_not_for_this_task_is_refused_with_those_that_are(service):
    known = (
        "must be one of firepod-pictures, flux-schnell, flux-dev, z-image-turbo, quick for text2img"
    )
    assert problem(service, model="quik") == ("model", f"{known}; did you mean quick?")
    assert problem(service, model="firepod-videos")[1].startswith(known)
    for wrong in ("", 3, ["quick"], {}):
        assert problem(service, model=wrong) == ("model", known)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"width": 832}, "must be a multiple of 64 between 256 and 768 pixels for quick"),
        ({"width": 520}, "must be a multiple of 64 between 256 and 768 pixels for quick"),
        ({"steps": 1}, "must be a whole number between 2 and 100 for quick"),
    ],
)
def test_its_bounds_hold_for_it_and_for_no_other(service, fields, said):
    assert problem(service, model="quick", **fields) == (next(iter(fields)), said)
    started(service, **fields)


@pytest.mark.usefixtures("table")
def test_the_same_key_with_another_model_is_another_request(service):
    asked = {**PICTURE, "seed": 1, "width": 512, "steps": 4, "idempotency_key": "k"}
    assert service.post("/api/generations", json=asked).status_code == 202
    answer = service.post("/api/generations", json={**asked, "model": "quick"})
    assert answer.status_code == 409


@pytest.mark.usefixtures("table")
def test_a_retry_is_made_by_the_same_model(service):
    shown = started(service, model="quick")
    service.post(shown["urls"]["cancel"])
    service.post(shown["urls"]["retry"])

    again = service.get(shown["urls"]["self"]).json
    assert (again["attempt"], again["model"]) == (2, "quick")
    assert endpoint_of(service, shown) == "endpoint-videos"


@pytest.mark.usefixtures("table")
def test_a_retry_with_a_model_that_is_not_served_any_more_is_refused(service):
    shown = started(service, model="quick")
    service.post(shown["urls"]["cancel"])
    service.with_settings(models=TABLE)

    answer = service.post(shown["urls"]["retry"])
    assert answer.status_code == 412
    assert "not served any more" in answer.json["error"]["message"]


@pytest.mark.usefixtures("table")
def test_speech_names_its_model_too(service):
    answer = service.post(
        "/api/tts/generate", json={"voice_id": "voice_x", "text": "Hello.", "model": "slow"}
    )
    (found,) = answer.json["error"]["details"]["fields"]
    assert found["problem"] == "must be one of firepod-speech, chatterbox-turbo, quick for tts"


VOICES = """
[models.firepod-voices.defaults]
language = "de"

[models.firepod-voices.bounds]
output_format = { one_of = ["wav"] }
"""


def clone(service, **fields):
    asked = {"name": "Ann", "audio_base64": as_base64(wav()), **fields}
    return service.post("/api/voices/clone", json=asked, **NOW)


def test_a_clone_with_its_recording_is_made_as_the_model_of_the_deployment_says(service, tmp_path):
    path = tmp_path / "models.toml"
    path.write_text(TABLE.read_text() + VOICES)
    service.with_settings(models=path)

    shown = service.get(clone(service).json["urls"]["self"]).json
    assert shown["request_data"]["language"] == "de"
    answer = clone(service, output_format="mp3")
    assert answer.status_code == 400
    assert "must be wav for firepod-voices" in answer.json["error"]["message"]


def test_where_nothing_makes_voices_no_recording_is_kept_for_one(service, tmp_path):
    path = tmp_path / "models.toml"
    path.write_text(QUICK)
    service.with_settings(models=path)

    assert clone(service).status_code == 412
    assert service.get("/api/uploads").json["uploads"] == []
