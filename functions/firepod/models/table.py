"""The table of models: read and checked once, when somebody first asks for it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from firepod.domain.errors import FailedPrecondition, Misconfigured
from firepod.models.checks import parse
from firepod.models.model import OF_GPU, Model
from firepod.models.parameters import ENDPOINTS


class Deployment(Protocol):
    """What is asked of the settings."""

    @property
    def models(self) -> Path: ...

    @property
    def endpoints(self) -> Mapping[str, str]: ...

    @property
    def local_runpod(self) -> bool: ...


@cache
def read_models(path: Path) -> Mapping[str, Model]:
    """The models of a deployment, by their ids, in the order of the table.

    Raises:
        Misconfigured: names everything that is missing or wrong.
    """
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise Misconfigured(["MODELS names no file that can be read"]) from None
    except ValueError as error:
        raise Misconfigured([f"MODELS is no TOML: {error}"]) from None
    return parse(table)


def served(settings: Deployment) -> dict[str, Model]:
    """The models that this deployment has an endpoint for, in the order of the table.

    Raises:
        Misconfigured: the table is wrong, or there is none at all.
    """
    models = read_models(settings.models)
    found = {one.id: one for one in models.values() if endpoint_of(settings, one)}
    if not found:
        raise Misconfigured(["MODELS names no model that has an endpoint"])
    return found


def endpoint_of(settings: Deployment, model: Model) -> str:
    """The id of a model's endpoint; empty where its parameter is."""
    if model.endpoint in ENDPOINTS:
        return settings.endpoints.get(model.endpoint, "")
    return model.endpoint


def price_of(settings: Deployment, model: Model) -> Mapping[str, Any] | None:
    """`usd` and what it is `per`; None: unknown, or this machine's own time, which nobody bills."""
    own = model.endpoint in ENDPOINTS
    return None if own and settings.local_runpod else model.price


def usd_per_second(settings: Deployment, model: Model) -> float | None:
    """What a second of a run costs at an endpoint of one's own, where the table says so."""
    price = price_of(settings, model)
    return float(price["usd"]) if price and price["per"] == OF_GPU else None


def default_of(models: Mapping[str, Model], task: str) -> Model | None:
    """What makes a task when no model is named: the first that is meant to."""
    return next((one for one in models.values() if task in one.default_for), None)


def without_model(task: str) -> FailedPrecondition:
    """Nothing that is served here makes this task."""
    return FailedPrecondition(f"This deployment has no model for {task}.")
