"""One model of the table, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OF_GPU = "second of GPU"  #: what the price of a model at an endpoint of one's own is for

Bounds = Mapping[str, Any]  # any of `min`, `max`, `multiple_of` and `one_of`


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a generation can be made with."""

    id: str
    label: str
    endpoint: str  #: the parameter that holds the endpoint's id, or an id itself
    dialect: str  #: how the endpoint is spoken to
    tasks: tuple[str, ...]
    default_for: tuple[str, ...]  #: tasks that use it when none is named
    defaults: Mapping[str, Any]  #: field -> where it differs from the task's
    bounds: Mapping[str, Bounds]  #: field -> where they are closer than the task's
    sizes: tuple[tuple[int, int], ...] = ()  #: width and height that it takes; none: any
    input: Mapping[str, str] = field(default_factory=dict)  #: their name -> where it is from
    fixed: Mapping[str, Any] = field(default_factory=dict)  #: sent with every job
    workflow: Mapping[str, Any] | None = field(default=None, repr=False)  #: of ComfyUI
    usual_seconds: int | None = None  #: None: as the task's
    by_sample: bool = False  #: a voice is its sample; there is no profile
    weight: int = 1  #: units of a request times this: of what costs more than others of its task
    price: Mapping[str, Any] | None  #: `usd` and what it is `per`; None: unknown
    licence: str
    commercial: bool = True  #: whether its licence lets people earn money with it
    source: str

    def takes(self, name: str) -> bool:
        """Whether it is told a field of the request."""
        return not self.input or name in self.input.values()
