"""What can be asked for: a call's fields as the request of a task of the registry."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from firepod.domain.errors import FieldProblem, InvalidArgument
from firepod.kinds.registry import TASKS
from firepod.kinds.sentences import Bounds, allowed
from firepod.kinds.spelling import near, read
from firepod.kinds.task import Task
from firepod.kinds.validation import Request, problems_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Closer:
    """What holds before what the task says: defaults, and bounds that are closer than its own."""

    whose: str  #: what they are of
    usual: Mapping[str, Any] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    sizes: Sequence[tuple[int, int]] = ()  #: all that there are; none: any


def parse_request(
    data: object, closer: Closer | None = None, beside: Iterable[str] = ()
) -> Request:
    """The request of a call, with defaults filled in; a missing `seed` stays None for the caller.

    `beside` are fields that the caller's other fields may have been meant as.

    Raises:
        InvalidArgument: names every field that is missing, unknown or out of bounds.
    """
    if not isinstance(data, dict):
        raise InvalidArgument.of("data", "must be an object with a task_type")
    named = data.get("task_type")
    if not isinstance(named, str) or named not in TASKS:
        guess = near(named, TASKS) if isinstance(named, str) else ""
        raise InvalidArgument.of("task_type", f"must be one of {', '.join(TASKS)}{guess}")
    task, closer = TASKS[named], closer or Closer(whose="")
    told = read(task, {n: v for n, v in data.items() if n != "task_type"}, beside)
    usual = {n: v for n, v in closer.usual.items() if n in task.spellings}
    try:
        request = task.request.model_validate({**usual, **told.fields, "task_type": named})
        found = list(_beyond(task, request, closer))
    except ValidationError as error:
        found = problems_of(error, task.fields, closer.bounds)
    found = [replace(one, field=told.written.get(one.field, one.field)) for one in found]
    if found or told.problems:
        raise InvalidArgument(found + told.problems)
    return request


def _beyond(task: Task, request: Request, closer: Closer) -> Iterator[FieldProblem]:
    for one in task.fields:
        bounds, value = closer.bounds.get(one.name), getattr(request, one.name)
        if bounds is None or value is None:
            continue
        if not _within(value, bounds):
            yield FieldProblem(one.name, f"must be {allowed(one, bounds)} for {closer.whose}")
    if closer.sizes and task.sizes is not None:
        names = task.sizes.names
        if tuple(getattr(request, name) for name in names) not in closer.sizes:
            known = ", ".join(f"{width}x{height}" for width, height in closer.sizes)
            yield FieldProblem(
                names[0], f"and {names[1]} must be one of {known} together for {closer.whose}"
            )


def _within(value: Any, bounds: Bounds) -> bool:
    if "one_of" in bounds:
        return value in bounds["one_of"]
    multiple = bounds.get("multiple_of")
    within = bounds.get("min", value) <= value <= bounds.get("max", value)
    return bool(within and not (multiple and value % multiple))
