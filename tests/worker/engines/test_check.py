import sys
from dataclasses import replace
from types import ModuleType

import pytest

from worker.engines import ModelUnavailable, OutOfMemory, Result, UnknownEngine
from worker.engines.check import main
from worker.engines.table import model


@pytest.fixture
def said():
    return []


def test_an_engine_that_works_says_what_it_took(said, monkeypatch):
    monkeypatch.setenv("FIREPOD_ENGINE", "procedural")
    assert main(said.append) == 0
    assert said[0].startswith("There is no GPU")
    assert said[1].startswith("The engine procedural was ready after ")
    assert said[2].startswith("text2img took ")


@pytest.mark.parametrize("fault", [UnknownEngine, ModelUnavailable])
def test_an_engine_that_cannot_begin_is_told_and_counts_as_a_fault(said, monkeypatch, fault):
    def create():
        raise fault("There is nothing here.")

    module = ModuleType("studio_engine")
    module.create = create
    monkeypatch.setitem(sys.modules, "studio_engine", module)
    monkeypatch.setenv("FIREPOD_ENGINE", "studio_engine:create")
    assert main(said.append) == 1
    assert said[-1].endswith("There is nothing here.")


def test_a_model_of_few_sizes_is_asked_for_one_of_them(said, monkeypatch):
    asked = []

    class Studio:
        model = replace(model("wan2.1-t2v-1.3b"), sizes=((512, 320),))

        def run(self, task_type, request, *_args):
            asked.append((task_type, request["video_width"], request["video_height"]))
            return Result((), {})

    module = ModuleType("studio_engine")
    module.create = Studio
    monkeypatch.setitem(sys.modules, "studio_engine", module)
    monkeypatch.setenv("FIREPOD_ENGINE", "studio_engine:create")
    assert main(said.append) == 0
    assert asked == [("text2video", 512, 320)]


def test_a_picture_that_fails_counts_as_a_fault(said, monkeypatch):
    class Studio:
        def run(self, *_args):
            raise OutOfMemory("Ask for less.")

    module = ModuleType("studio_engine")
    module.create = Studio
    monkeypatch.setitem(sys.modules, "studio_engine", module)
    monkeypatch.setenv("FIREPOD_ENGINE", "studio_engine:create")
    assert main(said.append) == 1
    assert said[-1] == "text2img failed: Ask for less."
