from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worker.engines import Engine, Result, load_engine

PICTURE = {
    "prompt": "a sunset over the sea",
    "negative_prompt": "",
    "width": 256,
    "height": 256,
    "num_images": 1,
    "steps": 6,
    "guidance_scale": 7.0,
    "seed": 41,
    "strength": 0.6,
}
FILM = {
    "prompt": "a sunset over the sea",
    "negative_prompt": "",
    "video_width": 320,
    "video_height": 192,
    "num_frames": 13,
    "fps": 15,
    "steps": 6,
    "guidance_scale": 7.0,
    "seed": 41,
}


@pytest.fixture
def picture_request() -> dict[str, Any]:
    return dict(PICTURE)


@pytest.fixture
def film_request() -> dict[str, Any]:
    return dict(FILM)


@pytest.fixture
def engine() -> Engine:
    return load_engine("procedural")


@pytest.fixture
def fractions() -> list[float]:
    """What the engine reported in this test, in order."""
    return []


@pytest.fixture
def run(engine: Engine, tmp_path: Path, fractions: list[float]) -> Callable[..., Result]:
    """Run a task: the defaults of its kind, changed by the keywords given."""
    defaults: dict[str, dict[str, Any]] = {
        "text2img": PICTURE,
        "img2img": PICTURE,
        "text2video": FILM,
        "img2video": FILM,
    }
    runs = 0

    def run_task(task_type: str, inputs: dict[str, Path] | None = None, **changes: Any) -> Result:
        nonlocal runs
        runs += 1
        workdir = tmp_path / f"run_{runs}"
        workdir.mkdir()
        request = {**defaults.get(task_type, {}), **changes}
        result = engine.run(task_type, request, inputs or {}, workdir, fractions.append)
        assert {file.path for file in result.files} == set(workdir.iterdir())
        return result

    return run_task
