"""One entry for each task: complete or refused by name, and cheap for who parses no request."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firepod.domain.generation import GenerationRef, MediaType
from firepod.kinds import media_kinds, paths, registry
from firepod.kinds.fields import Field
from firepod.kinds.registry import TASKS
from firepod.kinds.task import Incomplete, Task
from tests.fakes.values import make_generation

NOW = datetime(2026, 11, 28, tzinfo=UTC)
FACTS = {one.name: getattr(TASKS["text2img"], one.name) for one in fields(Task)}
OPTIONAL = {"named", "sizes"}
FUNCTIONS = Path(__file__).parents[2] / "functions"
WITHOUT_REQUESTS = [
    *("callback", "reconcile", "sweep", "claim", "progress", "dispatch", "retry", "cancel"),
    *("discard", "erase"),
]


@pytest.mark.parametrize("fact", sorted(FACTS.keys() - OPTIONAL - {"name"}))
def test_an_entry_that_lacks_something_is_refused_by_its_name(fact):
    with pytest.raises(Incomplete, match=rf"task text2img lacks {fact}$"):
        Task(**{name: value for name, value in FACTS.items() if name != fact})


@pytest.mark.parametrize(
    "wrong",
    [
        {"makes": ""},
        {"usual_seconds": 0},
        {"fields": FACTS["fields"] * 2},
        {"largest_bytes": {}},
        {"largest_bytes": {"model/gltf": 1}},
        {"fields": (replace(TASKS["img2img"].fields[0], file=None),)},
        {"fields": (Field(name="colour", label="Colour", kind="choice"),)},
    ],
)
def test_an_entry_that_holds_what_cannot_be_is_refused_by_its_name(wrong):
    with pytest.raises(Incomplete, match="task text2img has "):
        Task(**FACTS | wrong)


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(Incomplete, match="text2img has two entries"):
        registry._registered((*TASKS.values(), TASKS["text2img"]))


def test_a_media_type_that_no_task_makes_is_refused():
    pictures = [one for one in TASKS.values() if one.media_type is MediaType.IMAGES]
    with pytest.raises(Incomplete, match="no task makes videos"):
        registry._registered(tuple(pictures))


@pytest.mark.parametrize("name", TASKS)
def test_what_a_task_makes_lies_in_its_folder_and_has_a_largest_size(name):
    task = registry.task(name)
    ref = GenerationRef("ann", task.media_type, "u")
    made = task.outputs(ref, {"voice_id": "v"}, NOW)
    assert made
    for output in made:
        assert output.path.startswith(registry.folder(ref))
        assert media_kinds.is_known(output.content_type)
        assert registry.fits(output.content_type, task.largest_bytes[output.content_type])
        assert not registry.fits(output.content_type, 10**12)


@pytest.mark.parametrize("name", TASKS)
def test_what_a_worker_packs_is_what_the_backend_reads(name):
    task = registry.task(name)
    made = task.outputs(GenerationRef("ann", task.media_type, "u"), {}, NOW)
    texts = [f"text {number}" for number in range(len(made))]
    assert task.read(task.pack(texts)) == texts


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_model_a_name_and_a_price(name):
    task = registry.task(name)
    assert task.request.__name__ == task.model
    assert list(task.request.model_fields)[3:] == [one.name for one in task.fields]
    uid = task.kind.file_uid({"name": "Ann"}, NOW, "0123456789abcdef" * 2)
    assert paths.is_file_uid(uid)
    assert task.units({}) >= 1


def test_a_voice_is_read_as_its_profile():
    reads = registry.task("tts").reads({"voice_id": "voice_a_01234567", "text": "Hello."})
    assert reads == {"profile": "voices/voice_a_01234567/profiles/voice_a_01234567.npy"}


def test_an_upload_that_a_request_names_is_found_once_and_others_files_never():
    ref = GenerationRef("ann", MediaType.IMAGES, "u")
    mine = {"init_image": "uploads/ann/a.png", "mask_image": "uploads/ann/a.png"}
    assert registry.uploads_of(ref, mine) == ("uploads/ann/a.png",)
    assert registry.uploads_of(ref, {"init_image": "uploads/bob/a.png"}) == ()


def test_a_task_of_another_version_ends_as_its_media_do():
    foreign = make_generation(task_type="text2img", media_type=MediaType.VIDEOS)
    assert registry.task_of(foreign).media_type is MediaType.VIDEOS
    newer = replace(make_generation(), task_type="outpaint")
    assert registry.task_of(newer).media_type is MediaType.IMAGES


@pytest.mark.parametrize("usecase", WITHOUT_REQUESTS)
def test_who_parses_no_request_does_not_import_what_checks_them(usecase):
    program = f"import sys, firepod.usecases.{usecase}; sys.exit('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=FUNCTIONS, check=False, timeout=60)
    assert done.returncode == 0
