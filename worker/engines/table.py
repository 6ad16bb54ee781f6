"""Reads the table of models, ``models.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from worker.engines.interface import ModelUnavailable

TABLE = Path(__file__).with_name("models.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry; README.md says what each key means."""

    name: str
    label: str
    engine: str
    pipeline: str
    tasks: tuple[str, ...]
    repository: str
    revision: str
    licence: str
    memory_gb: float
    more_gb: float = 0
    dtype: str = "float32"
    vae_dtype: str = ""
    variant: str = ""
    refiner: str = ""
    multiple: int = 8
    most_pixels: int = 0
    most_steps: int = 0
    most_frames: int = 0
    guidance: float | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    schedulers: tuple[str, ...] = ()


def model(name: str, table: Path = TABLE) -> Model:
    """The model of this name.

    Raises:
        ModelUnavailable: there is none; the sentence names those that there are.
    """
    known = models(table)
    if name in known:
        return known[name]
    names = ", ".join(one.name for one in known.values() if one.tasks)
    raise ModelUnavailable(f"This worker has no model named {name!r}. It knows {names}.")


@cache
def models(table: Path = TABLE) -> dict[str, Model]:
    """All models by name."""
    entries = tomllib.loads(table.read_text("utf-8"))
    return {name: _model(name, entry) for name, entry in entries.items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    lists = {key: _frozen(value) for key, value in entry.items()}
    return Model(name=name, **lists)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
