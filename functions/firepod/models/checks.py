"""What has to hold for a table of models; everything that does not is told at once."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from firepod.domain.errors import Misconfigured
from firepod.domain.generation import MediaType
from firepod.kinds.registry import TASKS
from firepod.models.field_checks import Say, check_fields, is_number
from firepod.models.model import OF_GPU, Model
from firepod.models.parameters import ENDPOINTS
from firepod.models.workflows import check_slots, read_workflow
from firepod.protocol.dialects import NAMES as DIALECTS
from firepod.protocol.dialects import OWN
from firepod.protocol.dialects.values import DERIVED

_ENDPOINT_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,80}")
_TEXTS = ("label", "endpoint", "dialect", "licence", "source")
_LISTS = ("tasks", "default_for")
_TABLES = ("defaults", "bounds", "price", "input", "fixed")
_LONGEST = 3600
_HEAVIEST = 1000
_OTHERS = ("sizes", "usual_seconds", "workflow", "commercial", "voices", "weight")


def parse(table: Mapping[str, Any]) -> dict[str, Model]:
    """The models of a table, by their ids.

    Raises:
        Misconfigured: names everything that is missing or wrong.
    """
    problems = [f"MODELS: nobody knows {name}" for name in table if name != "models"]
    entries = table.get("models", {})
    if not isinstance(entries, dict) or not entries:
        raise Misconfigured([*problems, "MODELS: the table has no models"])
    found: dict[str, Model] = {}
    for name, entry in entries.items():
        said: list[str] = []
        model = _model(name, entry, said.append)
        if model is not None:
            found[name] = model
        problems.extend(f"MODELS: {name}: {problem}" for problem in said)
    if problems:
        raise Misconfigured(problems)
    return found


def _model(name: str, entry: Any, say: Say) -> Model | None:
    if not isinstance(entry, dict):
        say("is no table")
        return None
    for key in sorted(entry.keys() - {*_TEXTS, *_LISTS, *_TABLES, *_OTHERS}):
        say(f"nobody knows {key}")
    label, endpoint, dialect, licence, source = (_text(entry, key, say) for key in _TEXTS)
    tasks, default_for = (_every_task(_list(entry, key, say)) for key in _LISTS)
    defaults, bounds, price, told, fixed = (_table(entry, key, say) for key in _TABLES)
    model = Model(
        id=name,
        label=label,
        endpoint=endpoint,
        dialect=dialect,
        tasks=tasks,
        default_for=default_for,
        defaults=defaults or {},
        bounds=bounds or {},
        sizes=_sizes(entry, say),
        input=told or {},
        fixed=fixed or {},
        workflow=_workflow(entry, say),
        usual_seconds=_seconds(entry, say),
        by_sample=_by_sample(entry, say),
        weight=_weight(entry, say),
        price=price,
        licence=licence,
        commercial=_commercial(entry, say),
        source=source,
    )
    _check_place(model, say)
    _check_tasks(model, say)
    _check_price(model, say)
    check_fields(model, say)
    _check_input(model, say)
    return model


def _text(entry: Mapping[str, Any], key: str, say: Say) -> str:
    value = entry.get(key)
    if isinstance(value, str) and value.strip():
        return value
    say(f"{key} is missing" if value is None else f"{key} must be a text that is not empty")
    return ""


def _list(entry: Mapping[str, Any], key: str, say: Say) -> tuple[str, ...]:
    value = entry.get(key, [])
    filled = bool(value) or key != "tasks"
    if isinstance(value, list) and all(isinstance(one, str) for one in value) and filled:
        return tuple(value)
    say(f"{key} must be a list of names of tasks{'' if filled else ', with one at least'}")
    return ()


def _every_task(names: Iterable[str]) -> tuple[str, ...]:
    """A media type stands for all of its tasks, those that are still to come included."""
    of_media: dict[str, list[str]] = {
        str(media_type): [name for name, task in TASKS.items() if task.media_type == media_type]
        for media_type in MediaType
    }
    return tuple(dict.fromkeys(task for name in names for task in of_media.get(name, [name])))


def _table(entry: Mapping[str, Any], key: str, say: Say) -> dict[str, Any] | None:
    value = entry.get(key)
    if value is None or isinstance(value, dict):
        return value
    say(f"{key} must be a table")
    return None


def _check_place(model: Model, say: Say) -> None:
    own = model.endpoint in ENDPOINTS
    if model.endpoint and not own and not _ENDPOINT_ID.fullmatch(model.endpoint):
        say(f"endpoint must be one of {', '.join(ENDPOINTS)}, or the id of an endpoint")
    if model.dialect and model.dialect not in DIALECTS:
        say(f"nobody speaks the dialect {model.dialect}; known is {', '.join(DIALECTS)}")


def _check_tasks(model: Model, say: Say) -> None:
    for task in model.tasks:
        if task not in TASKS:
            say(f"there is no task {task}; known are {', '.join(TASKS)}")
    for task in model.default_for:
        if task not in model.tasks:
            say(f"default_for names {task}, which is none of its tasks")
    if model.default_for and not model.commercial:
        say("default_for must be empty: its licence forbids commercial use")


def _check_price(model: Model, say: Say) -> None:
    price = model.price
    if price is None:
        return
    usd, per = price.get("usd", -1), price.get("per")
    good = price.keys() == {"usd", "per"} and is_number(usd) and 0 <= usd < math.inf
    if not good or not isinstance(per, str) or not per.strip():
        say('price must be { usd = 0.01, per = "what it is for" }')
    elif per == OF_GPU and model.endpoint not in ENDPOINTS:
        say(f'price: per = "{OF_GPU}" is for endpoints of your own, which a parameter names')


def _check_input(model: Model, say: Say) -> None:
    """What it is told is from fields that its tasks have, or is made of them."""
    if model.dialect == OWN and (model.input or model.fixed):
        say(f"input and fixed are of other dialects than {OWN}")
    known = {one.name for task in model.tasks if task in TASKS for one in TASKS[task].fields}
    inputs = {one.name for task in model.tasks if task in TASKS for one in TASKS[task].inputs}
    inputs |= {"sample"} if model.by_sample else set()
    check_slots(model, known | inputs, say)
    for theirs, source in model.input.items():
        if str(source) not in known | inputs | _made_of_fields(model):
            say(f"input: {theirs} is from nothing that its tasks have")


def _made_of_fields(model: Model) -> set[str]:
    """What can be made for each of its tasks: what lacks a field is found when a job is sent."""
    of_tasks = [{one.name for one in TASKS[task].fields} for task in model.tasks if task in TASKS]
    return {
        name
        for name, ways in DERIVED.items()
        if all(any(way <= fields for way in ways) for fields in of_tasks)
    }


def _sizes(entry: Mapping[str, Any], say: Say) -> tuple[tuple[int, int], ...]:
    value = entry.get("sizes", [])
    pairs = isinstance(value, list) and all(
        isinstance(one, list) and len(one) == 2 and all(type(side) is int for side in one)
        for one in value
    )
    if pairs and ("sizes" not in entry or value):
        return tuple((width, height) for width, height in value)
    say("sizes must be a list of [width, height]")
    return ()


def _seconds(entry: Mapping[str, Any], say: Say) -> int | None:
    value = entry.get("usual_seconds")
    if value is None or (type(value) is int and 0 < value <= _LONGEST):
        return value
    say(f"usual_seconds must be a whole number from 1 to {_LONGEST}")
    return None


def _weight(entry: Mapping[str, Any], say: Say) -> int:
    value = entry.get("weight", 1)
    if type(value) is int and 0 < value <= _HEAVIEST:
        return value
    say(f"weight must be a whole number from 1 to {_HEAVIEST}")
    return 1


def _commercial(entry: Mapping[str, Any], say: Say) -> bool:
    value = entry.get("commercial", True)
    if not isinstance(value, bool):
        say("commercial must be true or false")
    return value is True


def _by_sample(entry: Mapping[str, Any], say: Say) -> bool:
    value = entry.get("voices", "profile")
    if value not in {"profile", "sample"}:
        say("voices must be profile or sample")
    return bool(value == "sample")


def _workflow(entry: Mapping[str, Any], say: Say) -> Mapping[str, Any] | None:
    name = entry.get("workflow")
    if name is None:
        return None
    try:
        return read_workflow(name)
    except ValueError as error:
        say(f"workflow {error}")
        return None
