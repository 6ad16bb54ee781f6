"""Work of which one piece that fails must not stop the others."""

from collections.abc import Callable
from typing import TypeVar

from firepod import logs

_R = TypeVar("_R")


def alone(what: str, work: Callable[[], _R], otherwise: _R) -> _R:
    """What `work` returns; if it raises anything, that is logged once, and `otherwise` stands."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 (a bug of ours in one piece is nothing to the others)
        logs.failed(what, error)
        return otherwise
