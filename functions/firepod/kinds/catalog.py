"""What can be asked for: a call's fields as the request of a task of the registry."""

from pydantic import ValidationError

from firepod.domain.errors import InvalidArgument
from firepod.kinds.registry import TASKS
from firepod.kinds.validation import Request, problems_of


def parse_request(data: object) -> Request:
    """The request of a call, with defaults filled in; a missing `seed` stays None for the caller.

    Raises:
        InvalidArgument: names every field that is missing, unknown or out of bounds.
    """
    if not isinstance(data, dict):
        raise InvalidArgument.of("data", "must be an object with a task_type")
    task_type = data.get("task_type")
    if not isinstance(task_type, str) or task_type not in TASKS:
        raise InvalidArgument.of("task_type", f"must be one of {', '.join(TASKS)}")
    try:
        return TASKS[task_type].request.model_validate(data)
    except ValidationError as error:
        raise InvalidArgument(problems_of(error)) from None
