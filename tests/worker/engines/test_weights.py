import re
import sys
from types import ModuleType

import pytest

from worker.engines import ModelUnavailable
from worker.engines.table import TABLE, Model, chosen, model, models
from worker.engines.weights import Places, find

README = TABLE.with_name("README.md")
SDXL = model("sdxl")
MARK = "model_index.json"
CACHED = "volume/huggingface-cache/hub/models--stabilityai--stable-diffusion-xl-base-1.0"
HERE = [
    f"{CACHED}/snapshots/{SDXL.revision}",
    "volume/models/sdxl",
    "volume/models/stabilityai/stable-diffusion-xl-base-1.0",
    "image/sdxl",
    "image/stabilityai/stable-diffusion-xl-base-1.0",
]


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "volume", tmp_path / "image", tmp_path / "work")


@pytest.fixture
def put(tmp_path):
    def at(folder):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / MARK).write_text("{}")
        return tmp_path / folder

    return at


def nothing_fetched(model, _cache):
    raise AssertionError(model.name)


@pytest.mark.parametrize("first", range(len(HERE)))
def test_weights_are_taken_from_the_first_place_that_has_them(places, put, first):
    there = [put(folder) for folder in HERE[first:]]
    assert find(SDXL, MARK, places, nothing_fetched) == there[0]


def test_a_cached_model_of_another_revision_is_better_than_a_download(places, put, tmp_path):
    other = put(f"{CACHED}/snapshots/other")
    newest = put(f"{CACHED}/snapshots/today")
    assert find(SDXL, MARK, places, nothing_fetched) == other
    (tmp_path / CACHED / "refs").mkdir()
    (tmp_path / CACHED / "refs" / "main").write_text("today\n")
    assert find(SDXL, MARK, places, nothing_fetched) == newest


@pytest.mark.parametrize(("volume", "kept"), [(True, "volume"), (False, "work")])
def test_what_comes_from_the_hub_is_kept_on_the_volume_if_there_is_one(
    places, put, tmp_path, volume, kept
):
    if volume:
        (tmp_path / "volume").mkdir()

    def fetch(model, cache):
        assert (model, cache) == (SDXL, tmp_path / kept / "huggingface")
        return put(f"{kept}/huggingface/it")

    assert find(SDXL, MARK, places, fetch) == tmp_path / kept / "huggingface/it"


def test_the_hub_is_asked_for_the_pinned_revision_and_only_for_what_is_read(
    places, put, tmp_path, monkeypatch
):
    asked, there, hub = [], put("hub/it"), ModuleType("huggingface_hub")
    hub.snapshot_download = lambda *given, **named: asked.append((given, named)) or str(there)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)

    assert find(SDXL, MARK, places, files=("*.json", "*/*.safetensors")) == there
    monkeypatch.setenv("HF_HUB_CACHE", "/kept")
    find(SDXL, MARK, places)

    named = {"revision": SDXL.revision, "cache_dir": tmp_path / "work/huggingface"}
    assert asked == [
        ((SDXL.repository,), named | {"allow_patterns": ["*.json", "*/*.safetensors"]}),
        ((SDXL.repository,), named | {"allow_patterns": None, "cache_dir": "/kept"}),
    ]


def test_a_folder_without_the_model_in_it_is_passed_over(places, put, tmp_path):
    (tmp_path / HERE[1]).mkdir(parents=True)
    complete = put(HERE[3])
    assert find(SDXL, MARK, places, nothing_fetched) == complete


@pytest.mark.parametrize("fetched", [OSError("no network at gpu-7.internal"), "an empty folder"])
def test_weights_that_are_nowhere_are_told_in_a_sentence(places, tmp_path, fetched):
    def fetch(_model, _cache):
        if isinstance(fetched, Exception):
            raise fetched
        return tmp_path

    with pytest.raises(ModelUnavailable) as told:
        find(SDXL, MARK, places, fetch)
    assert str(told.value) == (
        "The weights of Stable Diffusion XL 1.0 are not on this worker."
        " Its operator has to add them."
    )


def test_a_folder_of_models_of_ones_own_can_be_named(put, tmp_path, monkeypatch):
    monkeypatch.setenv("FIREPOD_MODELS_FOLDER", str(tmp_path / "mine"))
    there = put("mine/sdxl")
    assert find(SDXL, MARK, fetch=nothing_fetched) == there


@pytest.mark.parametrize("name", ["sdx", "sdxl-refiner", "chatterbox"])
def test_a_model_that_the_engine_has_not_is_refused_with_those_that_it_has(monkeypatch, name):
    monkeypatch.setenv("FIREPOD_MODEL", name)
    with pytest.raises(ModelUnavailable) as told:
        chosen("diffusers", "sdxl")
    assert str(told.value) == (
        f"This worker has no model named '{name}'. It knows sdxl, sdxl-refined, flux2-klein,"
        " z-image-turbo, wan2.1-t2v-1.3b, wan2.2-ti2v-5b."
    )


def test_a_name_that_the_table_lacks_is_refused():
    with pytest.raises(ModelUnavailable, match="no model named 'sdx'"):
        model("sdx")


@pytest.mark.parametrize("one", models().values(), ids=lambda one: one.name)
def test_every_model_is_pinned_and_says_its_licence(one):
    assert re.fullmatch(r"[0-9a-f]{40}", one.revision)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", one.repository)
    assert one.licence
    assert one.memory_gb > 0
    assert one.refiner in {"", *models()}


def test_a_model_of_ones_own_need_not_say_what_a_further_picture_takes():
    said = dict.fromkeys(("name", "label", "engine", "pipeline", "repository", "revision"), "mine")
    assert Model(**said, tasks=("text2img",), licence="MIT", memory_gb=9).more_gb > 0


PICTURED = [one for one in models().values() if one.engine == "diffusers" and one.tasks]


@pytest.mark.parametrize("one", PICTURED, ids=lambda one: one.name)
def test_the_readme_says_what_a_model_makes_takes_and_allows(one):
    (row,) = [line for line in README.read_text().splitlines() if f"| `{one.name}`" in line]
    _, makes, memory, licence = [cell.strip() for cell in row.split("|")[1:-1]]
    assert makes.replace("`", "").split(", ") == list(one.tasks)
    assert (memory, licence) == (f"{one.memory_gb:g} GB", one.licence)
