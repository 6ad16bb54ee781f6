"""Reads the file of a voice's profile, which may come from another engine, or from anybody."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.engines.interface import EngineError


def numbers(path: Path, most_bytes: int) -> NDArray[Any]:
    """The array of an ``.npy`` file, never a pickle; one with more bytes is not even opened.

    Raises ``EngineError`` for what is no such file.
    """
    if path.stat().st_size > most_bytes:
        raise of_another_engine()
    try:
        with path.open("rb") as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
    except Exception:  # noqa: BLE001 (the header is parsed as Python, and fails in as many ways)
        raise unreadable() from None


def unreadable() -> EngineError:
    """For what no engine has written."""
    return _refused("cannot be read")


def of_another_engine() -> EngineError:
    """For what may be a profile, and is none of this engine's."""
    return _refused("is of another engine")


def of_another_version() -> EngineError:
    """For what this engine wrote before its layout changed, or will write after that."""
    return _refused("is of another version")


def _refused(why: str) -> EngineError:
    return EngineError(f"The profile of this voice {why}. Clone the voice again.")
