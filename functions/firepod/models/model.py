"""One model of the table, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Bounds = Mapping[str, float]  # any of `min`, `max` and `multiple_of`


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a generation can be made with."""

    id: str
    label: str
    endpoint: str  #: the parameter that holds the endpoint's id
    dialect: str  #: how the endpoint is spoken to
    tasks: tuple[str, ...]
    default_for: tuple[str, ...]  #: tasks that use it when none is named
    defaults: Mapping[str, Any]  #: field -> where it differs from the task's
    bounds: Mapping[str, Bounds]  #: field -> where they are closer than the task's
    price: Mapping[str, Any] | None  #: `usd` and what it is `per`; None: unknown
    licence: str
    source: str
