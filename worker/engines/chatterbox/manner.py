"""How something is said: what a request may choose in its field ``extra``."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.engines.interface import EngineError

_BOUNDS = {
    "exaggeration": (0.25, 2.0),
    "cfg_weight": (0.0, 1.0),
    "temperature": (0.05, 2.0),
}
_MOST_SEED = 2**53 - 1


@dataclass(frozen=True)
class Manner:
    """The choices, with the model's own defaults."""

    exaggeration: float = 0.5  #: how lively it is said
    cfg_weight: float = 0.5  #: how closely it follows the pace of the recording
    temperature: float = 0.8  #: how much is left to chance
    seed: int | None = None  #: what chance draws from; without one it follows from the text

    def seed_for(self, sentence: str) -> int:
        """The same sentence is said in the same way, unless a seed asks for another one."""
        return zlib.crc32(f"{self.seed}:{sentence}".encode())


def manner_of(extra: Mapping[str, Any] | None) -> Manner:
    """Read the choices; names that are none of ours belong to somebody else.

    Raises ``EngineError`` for a value that the model cannot take.
    """
    extra = extra or {}
    chosen: dict[str, Any] = {}
    for name, (low, high) in _BOUNDS.items():
        if (value := extra.get(name)) is not None:
            if not _is_number(value) or not low <= value <= high:
                raise EngineError(f"{name} must be a number from {low:g} to {high:g}.")
            chosen[name] = float(value)
    if (seed := extra.get("seed")) is not None:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= _MOST_SEED:
            raise EngineError(f"seed must be a whole number from 0 to {_MOST_SEED}.")
        chosen["seed"] = seed
    return Manner(**chosen)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
