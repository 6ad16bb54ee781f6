"""The procedural engine, with the troubles that a request asks for in `extra.trouble`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.engines import Engine, EngineError, OutputFile, Result, Step, load_engine


class TroubledEngine:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        match request.get("extra", {}).get("trouble"):
            case "raise":
                raise RuntimeError("CUDA out of memory on host gpu-7.internal, see /opt/engine.py")
            case "refuse":
                raise EngineError("The prompt asks for something that this engine does not make.")
            case "nothing":
                return Result((), {})
            case "garbage":
                (workdir / "out").write_bytes(b"<html>this is no picture</html>")
                return Result((OutputFile(workdir / "out", "image/png"),), {})
        return self._engine.run(task_type, request, inputs, workdir, step)


def create() -> TroubledEngine:
    return TroubledEngine(load_engine("procedural"))
