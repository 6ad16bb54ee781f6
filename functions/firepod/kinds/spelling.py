"""How a caller writes the fields of a request, and how they are called here. Pure.

An app that was written for another worker has its names for things. They are taken, and what is
kept, compared and sent has ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firepod.domain.errors import FieldProblem
from firepod.kinds.registry import TASKS
from firepod.kinds.task import Task

MOST_UNKNOWN = 20  # are told of at once
_LONGEST_GUESSED = 40  # characters of a name that is compared with ours
_ALIKE = 0.7


@dataclass(slots=True)
class Told:
    """The fields of a call by our names; what was written, where it was another name."""

    fields: dict[str, Any] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)


def read(task: Task, data: Mapping[str, Any], beside: Iterable[str] = ()) -> Told:
    """What a call says of a task; `beside` are fields that it may have elsewhere.

    A field that is null is as one that is not there: so a client library sends what is not set.
    """
    told, unknown = Told(), []
    for written, value in data.items():
        name = task.spellings.get(written)
        if name is None and (value is not None or not _tasks_with(written)):
            unknown.append(written)
        elif name is None or value is None:
            continue
        elif name not in told.fields:
            told.fields[name], told.written[name] = value, written
        elif not _same(told.fields[name], value):
            other = told.written[name]
            problem = f"differs from {other}, which is the same field"
            told.problems.append(FieldProblem(written, problem))
    # One that came all the same is nothing that this call takes, so it is no guess.
    known = [*task.spellings, *(name for name in beside if name not in data)]
    for written in unknown[:MOST_UNKNOWN]:
        told.problems.append(FieldProblem(written[:100], _unknown(task, written, known)))
    return told


def near(name: str, known: Iterable[str]) -> str:
    """A question after the known name that is nearest to this one; empty if none is near."""
    if len(name) > _LONGEST_GUESSED:
        return ""
    from difflib import get_close_matches

    plain = {_plain(one): one for one in reversed(list(known))}
    found = get_close_matches(_plain(name), plain, n=1, cutoff=_ALIKE)
    return f"; did you mean {plain[found[0]]}?" if found else ""


def _unknown(task: Task, written: str, known: Iterable[str]) -> str:
    others = _tasks_with(written)
    if others:
        return f"is no field of {task.name}, but of {', '.join(others)}"
    return f"is not a known field{near(written, known)}"


def _tasks_with(written: str) -> list[str]:
    return [one.name for one in TASKS.values() if written in one.spellings]


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _plain(name: str) -> str:
    """Without what names of the same words are told apart by: numFrames, num-frames."""
    return "".join(c for c in name.lower() if c.isalnum())
