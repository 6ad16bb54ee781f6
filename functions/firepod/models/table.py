"""The table of models: read and checked once, when somebody first asks for it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from firepod.domain.errors import Misconfigured
from firepod.models.checks import parse
from firepod.models.model import Model


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


def default_of(models: Mapping[str, Model], task: str) -> Model | None:
    """What makes a task when no model is named; None for a task that nobody knows."""
    return next((one for one in models.values() if task in one.default_for), None)
