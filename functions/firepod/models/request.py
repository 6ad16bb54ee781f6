"""A request with the model that it names: what the model says goes before what the task says."""

from collections.abc import Mapping
from typing import Any

from firepod.domain.errors import InvalidArgument
from firepod.kinds import catalog
from firepod.kinds.catalog import Closer
from firepod.kinds.meaning import meant
from firepod.kinds.registry import TASKS
from firepod.kinds.spelling import near
from firepod.kinds.validation import Request
from firepod.models.model import Model
from firepod.models.table import Deployment, default_of, served, without_model

BESIDE = ("model", "idempotency_key")  # what a call has beside the fields of its task


def parse_request(settings: Deployment, data: Mapping[str, Any]) -> tuple[Request, str | None]:
    """The request of a call, and the model that it names, if it names one.

    Raises:
        InvalidArgument: names every field that is missing, unknown or out of bounds.
        FailedPrecondition: nothing that is served here makes this task.
        Misconfigured: the table of models is wrong.
    """
    fields = dict(data)
    named = fields.pop("model", None)
    if fields.get("task_type") is None:
        fields["task_type"] = meant(fields)
    task = fields["task_type"]
    if not isinstance(task, str) or task not in TASKS:
        return catalog.parse_request(fields), None
    return catalog.parse_request(fields, closer_of(settings, task, named), BESIDE), named


def closer_of(settings: Deployment, task: str, named: Any = None) -> Closer:
    """What the model says that a call names, or the one that makes the task without a name.

    Raises:
        InvalidArgument: no model of this task has this name.
        FailedPrecondition: nothing that is served here makes this task.
        Misconfigured: the table of models is wrong.
    """
    models = served(settings)
    if not any(task in one.tasks for one in models.values()):
        raise without_model(task)
    model = default_of(models, task) if named is None else _named(models, task, named)
    if model is None:
        raise without_model(task)
    return Closer(whose=model.id, usual=model.defaults, bounds=model.bounds, sizes=model.sizes)


def _named(models: Mapping[str, Model], task: str, named: Any) -> Model:
    able = {one.id: one for one in models.values() if task in one.tasks}
    if isinstance(named, str) and named in able:
        return able[named]
    hint = near(named, able) if isinstance(named, str) else ""
    raise InvalidArgument.of("model", f"must be one of {', '.join(able)} for {task}{hint}")
