"""Finds the engine that ``FIREPOD_ENGINE`` names."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from worker.engines.interface import Engine, EngineError, Result, Step

DEFAULT = "procedural"

_BUILT_IN = {
    "procedural": "worker.engines.procedural:create",
    "diffusers": "worker.engines.diffusers:create",
    "chatterbox": "worker.engines.chatterbox:create",
}


class UnknownEngine(Exception):
    """``FIREPOD_ENGINE`` names nothing that can be loaded."""


class Unready:
    """Stands in for an engine that cannot begin: each job ends at once, and its user is told why.

    A worker that does not start is started again and again by RunPod, while its jobs wait.
    """

    def __init__(self, why: EngineError) -> None:
        self.why = why

    def run(
        self,
        _task_type: str,
        _request: Mapping[str, Any],
        _inputs: Mapping[str, Path],
        _workdir: Path,
        _step: Step,
    ) -> Result:
        """Raise what was raised when the engine was made."""
        raise type(self.why)(str(self.why))

    def told(self) -> str:
        """What the operator needs to know beside the sentence: what lies below it."""
        cause = self.why.__cause__
        below = f" ({type(cause).__name__}: {cause})" if cause is not None else ""
        return f"{self.why}{below}"


def load_engine(name: str = DEFAULT) -> Engine:
    """Build the engine called ``name``: a built-in one, or ``package.module:factory``.

    The factory takes no arguments and returns an ``Engine``; an ``EngineError`` of it becomes that
    of each job. What it imports is imported here and not before, so that a worker carries the
    libraries of its own engine only.
    """
    module_name, colon, factory_name = _BUILT_IN.get(name, name).partition(":")
    if not (module_name and colon and factory_name):
        known = ", ".join(sorted(_BUILT_IN))
        raise UnknownEngine(
            f"FIREPOD_ENGINE={name!r} is not an engine. Known: {known}; "
            "or name one of your own as package.module:factory."
        )
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise UnknownEngine(f"FIREPOD_ENGINE={name!r}: {error}") from error
    factory: Callable[[], Engine] | None = getattr(module, factory_name, None)
    if not callable(factory):
        raise UnknownEngine(f"FIREPOD_ENGINE={name!r}: {module_name} has no {factory_name}")
    try:
        return factory()
    except ModuleNotFoundError as error:
        raise UnknownEngine(f"FIREPOD_ENGINE={name!r}: {error}") from error
    except EngineError as error:
        return Unready(error)
