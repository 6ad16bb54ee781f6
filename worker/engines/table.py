"""Reads the table of models, ``models.toml``."""

import os
import tomllib
from collections.abc import Mapping
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
    more_gb: float = 3  # what all take so far; batches are reckoned with it
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


def chosen(engine: str, default: str) -> Model:
    """The model that FIREPOD_MODEL names, of those that this engine makes something with.

    Raises:
        ModelUnavailable: it is none of those; the sentence names them.
    """
    own = {name: one for name, one in models().items() if one.engine == engine and one.tasks}
    return _named(os.environ.get("FIREPOD_MODEL") or default, own)


def model(name: str) -> Model:
    """The model of this name.

    Raises:
        ModelUnavailable: there is none; the sentence names those that there are.
    """
    return _named(name, models())


@cache
def models() -> dict[str, Model]:
    """All models by name."""
    entries = tomllib.loads(TABLE.read_text("utf-8"))
    return {name: _model(name, entry) for name, entry in entries.items()}


def _named(name: str, known: Mapping[str, Model]) -> Model:
    if name in known:
        return known[name]
    raise ModelUnavailable(f"This worker has no model named {name!r}. It knows {', '.join(known)}.")


def _model(name: str, entry: dict[str, Any]) -> Model:
    lists = {key: _frozen(value) for key, value in entry.items()}
    return Model(name=name, **lists)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
