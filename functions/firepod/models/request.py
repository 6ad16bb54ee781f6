"""A request with the model that it names: what the model says goes before what the task says."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from firepod.domain.errors import FieldProblem, InvalidArgument
from firepod.kinds import catalog
from firepod.kinds.registry import TASKS
from firepod.kinds.validation import Request
from firepod.models.model import Model
from firepod.models.table import default_of, read_models


def parse_request(table: Path, data: Mapping[str, Any]) -> tuple[Request, str | None]:
    """The request of a call, and the model that it names, if it names one.

    Raises:
        InvalidArgument: names every field that is missing, unknown or out of bounds.
        Misconfigured: the table of models is wrong.
    """
    fields = dict(data)
    named = fields.pop("model", None)
    task = fields.get("task_type")
    if not isinstance(task, str) or task not in TASKS:
        return catalog.parse_request(fields), None
    models = read_models(table)
    model = default_of(models, task) if named is None else _named(models, task, named)
    if model is None:
        return catalog.parse_request(fields), None
    known = {one.name for one in TASKS[task].fields}
    usual = {name: value for name, value in model.defaults.items() if name in known}
    request = catalog.parse_request(usual | fields)
    problems = list(_out_of_bounds(model, request))
    if problems:
        raise InvalidArgument(problems)
    return request, named


def _named(models: Mapping[str, Model], task: str, named: Any) -> Model:
    from difflib import get_close_matches

    able = {one.id: one for one in models.values() if task in one.tasks}
    if isinstance(named, str) and named in able:
        return able[named]
    near = get_close_matches(named, able, n=1) if isinstance(named, str) else []
    hint = f"; did you mean {near[0]}?" if near else ""
    raise InvalidArgument.of("model", f"must be one of {', '.join(able)} for {task}{hint}")


def _out_of_bounds(model: Model, request: Request) -> Iterator[FieldProblem]:
    for name, bounds in model.bounds.items():
        value = getattr(request, name, None)
        if value is None:
            continue
        if value < bounds.get("min", value):
            yield FieldProblem(name, f"must be at least {bounds['min']:g} for {model.id}")
        elif value > bounds.get("max", value):
            yield FieldProblem(name, f"must be at most {bounds['max']:g} for {model.id}")
        elif value % bounds.get("multiple_of", value or 1):
            multiple = bounds["multiple_of"]
            yield FieldProblem(name, f"must be a multiple of {multiple:g} for {model.id}")
