"""Which task is meant by a request that names none: its fields tell. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from firepod.kinds.fields import Field
from firepod.kinds.registry import TASKS
from firepod.kinds.task import Task

Names = Callable[[Field], set[str]]
"""How a request may give a field."""


def spellings(one: Field) -> set[str]:
    """How a request to the backend may give a field."""
    return {one.name, *one.aliases}


def meant(data: Mapping[str, Any]) -> str | None:
    """The one task whose fields these are; None where they leave a doubt."""
    given = {name for name, value in data.items() if value is not None}
    found = fitting(given, TASKS.values(), spellings)
    return found[0].name if len(found) == 1 else None


def fitting(given: Collection[str], tasks: Iterable[Task], names: Names) -> list[Task]:
    """The tasks that know the most of what is given, and of those the ones that lack least."""
    known = {name for one in TASKS.values() for field in one.fields for name in names(field)}
    ours = known.intersection(given)
    ranked = [(_rank(one, ours, names), one) for one in tasks]
    best = min(rank for rank, _ in ranked)
    return [one for rank, one in ranked if rank == best]


def _rank(task: Task, given: set[str], names: Names) -> tuple[int, int]:
    own = {name for field in task.fields for name in names(field)}
    lacking = sum(one.required and names(one).isdisjoint(given) for one in task.fields)
    return len(given - own), lacking
