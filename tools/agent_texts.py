"""What AGENTS.md and llms.txt say of tasks, statuses, codes and operations."""

import inspect
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from firepod.domain.generation import ErrorCode, Status
from firepod.entrypoints.rest.app import build
from firepod.entrypoints.rest.errors import STATUS
from firepod.kinds.fields import Field
from tools.task_texts import BESIDE, TASKS, table


def tasks() -> str:
    """Each task with what a request of it needs, and what it may have."""
    rows = [
        (
            f"`{one.name}`",
            one.makes,
            _names(field for field in one.fields if field.required),
            _names([*(field for field in one.fields if not field.required), *BESIDE]),
        )
        for one in TASKS
    ]
    return table(("`task_type`", "makes", "needs", "takes"), rows)


def statuses() -> str:
    """Each status of a generation with its meaning."""
    return table(("`status`", "means"), _members(Status))


def failures() -> str:
    """Each reason for a failure with its meaning."""
    return table(("`error_code`", "why it failed"), _members(ErrorCode))


def refusals() -> str:
    """Each code of a call that is refused, with its HTTP status over REST."""
    return table(("code", "HTTP"), [(f"`{code}`", str(http)) for code, http in STATUS.items()])


def operations() -> str:
    """Each operation of the REST API."""
    document: Any = build("*").test_client().get("/api/openapi.json").json
    rows = [
        (f"`{one['operationId']}`", f"`{method.upper()} /api{path}`", one["summary"])
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    return table(("operation", "route", "what it does"), rows)


def tasks_list() -> str:
    """Each task in one line."""
    lines = [
        f"- `{one.name}`: {one.makes} Needs "
        f"{_names(field for field in one.fields if field.required)}."
        for one in TASKS
    ]
    return "\n" + "\n".join(lines) + "\n"


def _members(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Its members, each with the comment behind it."""
    said = dict(re.findall(r'= "(\w+)"  #: (.+)$', inspect.getsource(kind), re.MULTILINE))
    return [(f"`{one}`", said[one]) for one in kind]


def _names(fields: Iterable[Field]) -> str:
    return ", ".join(f"`{one.name}`" for one in fields)
