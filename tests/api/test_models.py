"""`GET /api/models`: what generations can be made with."""

from pathlib import Path

from firepod.kinds.registry import TASKS

TABLE = Path(__file__).parents[2] / "functions" / "models.toml"


def test_a_user_sees_a_model_for_every_task_and_may_keep_the_answer_for_minutes(service):
    answer = service.get("/api/v1/models")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    usual = [task for one in answer.json["models"] for task in one["default_for"]]
    assert sorted(usual) == sorted(TASKS)
    pictures = [name for name, task in TASKS.items() if task.media_type == "images"]
    assert answer.json["models"][0] == {
        "id": "firepod-pictures",
        "label": "Pictures of our own worker",
        "tasks": pictures,
        "default_for": pictures,
        "defaults": {},
        "bounds": {},
        "sizes": [],
        "weight": 1,
        "price": {"usd": 0.00031, "per": "second of GPU"},
        "licence": "Apache-2.0",
        "commercial": True,
    }


def test_only_what_is_served_is_shown_with_what_it_is_the_default_of_here(service):
    service.with_settings(endpoints={"RUNPOD_TTS_ENDPOINT_ID": "mine"})

    shown = {one["id"]: one for one in service.get("/api/models").json["models"]}
    assert "firepod-pictures" not in shown
    assert shown["firepod-speech"]["default_for"] == ["tts"]
    assert shown["chatterbox-turbo"]["default_for"] == ["voice_clone"]
    assert shown["z-image-turbo"]["sizes"][1] == [512, 512]
    assert shown["flux-schnell"]["bounds"]["output_format"] == {"one_of": ["png", "jpeg"]}
    assert [name for name, one in shown.items() if not one["commercial"]] == ["flux-dev"]


def test_own_endpoints_that_are_workers_of_this_machine_have_no_price(service):
    service.with_settings(local_runpod=True)

    shown = {one["id"]: one["price"] for one in service.get("/api/models").json["models"]}
    assert shown["firepod-pictures"] is None
    assert shown["flux-schnell"] == {"usd": 0.0024, "per": "megapixel"}


def test_what_differs_from_the_task_and_what_it_costs_is_told(service, tmp_path):
    table = tmp_path / "models.toml"
    table.write_text(
        TABLE.read_text()
        + """
[models.quick]
label = "Quick pictures"
endpoint = "RUNPOD_IMAGE_ENDPOINT_ID"
dialect = "firepod"
tasks = ["text2img"]
defaults = { steps = 4 }
bounds = { width = { max = 1536, multiple_of = 64 } }
price = { usd = 0.002, per = "picture" }
licence = "MIT"
source = "somewhere"
"""
    )
    service.with_settings(models=table)

    quick = service.get("/api/models").json["models"][-1]
    assert (quick["id"], quick["default_for"]) == ("quick", [])
    assert quick["defaults"] == {"steps": 4}
    assert quick["bounds"] == {"width": {"max": 1536, "multiple_of": 64}}
    assert quick["price"] == {"usd": 0.002, "per": "picture"}


def test_a_table_with_a_mistake_is_unavailable_and_only_the_log_says_which(
    service, tmp_path, written
):
    table = tmp_path / "models.toml"
    table.write_text(TABLE.read_text().replace('dialect = "firepod"', 'dialect = "klingon"', 1))
    service.with_settings(models=table)

    answer = service.get("/api/models")
    assert answer.status_code == 503
    assert "klingon" not in answer.text
    assert "klingon" in str(written)
