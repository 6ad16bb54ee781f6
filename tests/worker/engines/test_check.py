import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from worker.engines import ModelUnavailable, OutOfMemory, Result, UnknownEngine
from worker.engines.check import main
from worker.engines.table import model

ROOT = Path(__file__).parents[3]


@pytest.fixture
def said():
    return []


def test_an_engine_that_works_says_what_it_took(said, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as in an image without it
    monkeypatch.setenv("FIREPOD_ENGINE", "procedural")
    assert main(said.append) == 0
    assert said[0] == "Torch is not installed here: everything runs on the CPU."
    assert said[1].startswith("The engine procedural was ready after ")
    assert said[2].startswith("text2img took ")


def test_a_torch_without_a_gpu_is_not_called_a_missing_torch(said, monkeypatch):
    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(is_available=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setenv("FIREPOD_ENGINE", "procedural")
    assert main(said.append) == 0
    assert said[0] == "Torch finds no GPU: everything runs on the CPU."


def test_help_says_what_it_does_and_makes_nothing():
    asked = [sys.executable, "-m", "worker.engines.check", "--help"]
    run = subprocess.run(
        asked,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("usage: python -m worker.engines.check")
    assert "FIREPOD_ENGINE" in run.stdout
    assert "was ready" not in run.stdout


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
