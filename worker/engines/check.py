"""Whether this machine can make what its engine is for.

    python -m worker.engines.check                            # the engine of FIREPOD_ENGINE
    FIREPOD_ENGINE=diffusers python -m worker.engines.check   # another one

Says what the machine has, where the model's weights are, how long loading takes, and makes one
picture or video. FIREPOD_MODEL names the model of an engine that has several. Ends with 1 if
something of that fails.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firepod.kinds import registry
from worker.engines import DEFAULT, Engine, EngineError, UnknownEngine, Unready, load_engine
from worker.engines.table import Model
from worker.task import parse_task

PROMPT = "a lighthouse on a cliff at dusk"
SEED = 7
Say = Callable[[str], None]


def main(say: Say = print, **fields: Any) -> int:
    """Check the engine of the environment, and say what was found; 0 if all is well.

    `fields` are of the request that is made; without any it is one of the usual size.
    """
    name = os.environ.get("FIREPOD_ENGINE") or DEFAULT
    gpu = _Gpu(say)
    gpu.say_what_there_is()
    began = time.monotonic()
    try:
        engine = load_engine(name)
    except UnknownEngine as error:
        say(str(error))
        return 1
    if isinstance(engine, Unready):
        say(f"The engine cannot begin. {engine.told()}")
        return 1
    say(f"The engine {name} was ready after {time.monotonic() - began:.1f} s.")
    gpu.say_what_is_used("With the model loaded")
    task = _task_of(engine)
    if task is None:
        say("It makes nothing from words alone; so nothing is made here.")
        return 0
    asked = {"task_type": task, "prompt": PROMPT, **_size(engine, task), **fields}
    return _make(engine, asked, gpu, say)


def _make(engine: Engine, asked: dict[str, Any], gpu: "_Gpu", say: Say) -> int:
    task, job = asked["task_type"], {"id": "check", "input": asked}
    request = parse_task(job, SEED, datetime.now(UTC)).request
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            made = engine.run(task, request, {}, Path(folder), lambda *_: None)
        except EngineError as error:
            say(f"{task} failed: {error}")
            return 1
        size = sum(file.path.stat().st_size for file in made.files)
    say(f"{task} took {time.monotonic() - began:.1f} s and made {size:,} bytes.")
    gpu.say_what_is_used("At its most")
    return 0


def _task_of(engine: Engine) -> str | None:
    """The first task of the engine's model that needs no file."""
    model = _model_of(engine)
    tasks = model.tasks if model is not None else registry.TASKS
    return next((one for one in tasks if not registry.task(one).inputs), None)


def _size(engine: Engine, task: str) -> dict[str, Any]:
    """The size that a model is made for, if it has not every one."""
    model, sizes = _model_of(engine), registry.task(task).sizes
    if model is None or not model.sizes or sizes is None:
        return {}
    return dict(zip(sizes.names, model.sizes[0], strict=True))


def _model_of(engine: Engine) -> Model | None:
    model = getattr(engine, "model", None)
    return model if isinstance(model, Model) else None


class _Gpu:
    """What torch tells of the machine, if this image has torch."""

    def __init__(self, say: Say) -> None:
        self._say = say
        try:
            import torch
        except ModuleNotFoundError:
            torch = None
        self._torch: Any = torch

    @property
    def _there(self) -> bool:
        return self._torch is not None and self._torch.cuda.is_available()

    def say_what_there_is(self) -> None:
        if not self._there:
            why = "Torch is not installed here" if self._torch is None else "Torch finds no GPU"
            self._say(f"{why}: everything runs on the CPU.")
            return
        cuda = self._torch.cuda
        free, whole = cuda.mem_get_info()
        self._say(
            f"GPU: {cuda.get_device_name()}, {_gb(whole)}, of which {_gb(free)} are free;"
            f" torch {self._torch.__version__}, CUDA {self._torch.version.cuda}."
        )

    def say_what_is_used(self, when: str) -> None:
        if self._there:
            self._say(f"{when}: {_gb(self._torch.cuda.max_memory_allocated())} of GPU memory.")


def _gb(number: int) -> str:
    return f"{number / 1_000_000_000:.1f} GB"


if __name__ == "__main__":
    described = argparse.RawDescriptionHelpFormatter
    program = "python -m worker.engines.check"
    argparse.ArgumentParser(program, description=__doc__, formatter_class=described).parse_args()
    sys.exit(main())
