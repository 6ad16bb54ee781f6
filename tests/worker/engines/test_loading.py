import sys
from types import ModuleType

import pytest

from worker.engines import ModelUnavailable, UnknownEngine, load_engine
from worker.engines.procedural.engine import ProceduralEngine


def test_the_default_engine_is_the_procedural_one():
    assert isinstance(load_engine(), ProceduralEngine)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UnknownEngine, match=r"'sdxl' is not an engine.*procedural"):
        load_engine("sdxl")


def test_a_module_that_is_not_installed_is_named():
    with pytest.raises(UnknownEngine, match="no_such_package"):
        load_engine("no_such_package.engine:create")


def test_a_factory_that_its_module_lacks_is_named():
    with pytest.raises(UnknownEngine, match="has no make"):
        load_engine("worker.engines.interface:make")


def test_an_engine_of_ones_own_is_built_by_its_factory(monkeypatch):
    module = ModuleType("studio_engine")
    built = ProceduralEngine()
    module.create = lambda: built
    monkeypatch.setitem(sys.modules, "studio_engine", module)

    assert load_engine("studio_engine:create") is built


def test_an_engine_that_lacks_its_model_ends_each_job_with_the_reason(monkeypatch, tmp_path):
    def create():
        raise ModelUnavailable("The weights are not here.") from OSError("no such folder")

    module = ModuleType("studio_engine")
    module.create = create
    monkeypatch.setitem(sys.modules, "studio_engine", module)

    engine = load_engine("studio_engine:create")
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="are not here"):
            engine.run("text2img", {}, {}, tmp_path, lambda *_: None)
    assert engine.told() == "The weights are not here. (OSError: no such folder)"


@pytest.mark.parametrize(("name", "other"), [("diffusers", "chatterbox"), ("chatterbox", "sdxl")])
def test_a_model_of_another_engine_is_told_to_each_job(monkeypatch, tmp_path, name, other):
    monkeypatch.setenv("FIREPOD_MODEL", other)

    engine = load_engine(name)

    with pytest.raises(ModelUnavailable, match=f"no model named '{other}'"):
        engine.run("text2img", {}, {}, tmp_path, lambda *_: None)


@pytest.mark.parametrize("name", ["diffusers", "chatterbox"])
def test_a_package_that_an_engine_lacks_is_named(monkeypatch, name):
    monkeypatch.delenv("FIREPOD_MODEL", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(UnknownEngine, match=rf"'{name}': .*torch"):
        load_engine(name)
