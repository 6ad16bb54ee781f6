"""What has to hold for a table of models; everything that does not is told at once."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from firepod.domain.errors import Misconfigured
from firepod.domain.generation import MediaType
from firepod.kinds.fields import Field
from firepod.kinds.registry import TASKS
from firepod.models.model import Model
from firepod.models.parameters import ENDPOINTS

DIALECTS = ("firepod",)
_TEXTS = ("label", "endpoint", "dialect", "licence", "source")
_LISTS = ("tasks", "default_for")
_TABLES = ("defaults", "bounds", "price")
_BOUNDS = ("min", "max", "multiple_of")

Say = Callable[[str], None]


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
    usual = Counter(task for one in found.values() for task in one.default_for if task in one.tasks)
    problems += [
        f"MODELS: {task} needs one model that is its default, and has {usual[task]}"
        for task in TASKS
        if usual[task] != 1
    ]
    if problems:
        raise Misconfigured(problems)
    return found


def _model(name: str, entry: Any, say: Say) -> Model | None:
    if not isinstance(entry, dict):
        say("is no table")
        return None
    for key in sorted(entry.keys() - {*_TEXTS, *_LISTS, *_TABLES}):
        say(f"nobody knows {key}")
    label, endpoint, dialect, licence, source = (_text(entry, key, say) for key in _TEXTS)
    tasks, default_for = (_every_task(_list(entry, key, say)) for key in _LISTS)
    defaults, bounds, price = (_table(entry, key, say) for key in _TABLES)
    model = Model(
        id=name,
        label=label,
        endpoint=endpoint,
        dialect=dialect,
        tasks=tasks,
        default_for=default_for,
        defaults=defaults or {},
        bounds=bounds or {},
        price=price,
        licence=licence,
        source=source,
    )
    _check_place(model, say)
    _check_tasks(model, say)
    _check_price(price, say)
    _check_fields(model, say)
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
    if model.endpoint and model.endpoint not in ENDPOINTS.values():
        say(f"endpoint must be one of {', '.join(ENDPOINTS.values())}")
    if model.dialect and model.dialect not in DIALECTS:
        say(f"nobody speaks the dialect {model.dialect}; known is {', '.join(DIALECTS)}")


def _check_tasks(model: Model, say: Say) -> None:
    for task in model.tasks:
        if task not in TASKS:
            say(f"there is no task {task}; known are {', '.join(TASKS)}")
    for task in model.default_for:
        if task not in model.tasks:
            say(f"default_for names {task}, which is none of its tasks")


def _check_price(price: Mapping[str, Any] | None, say: Say) -> None:
    if price is None:
        return
    usd, per = price.get("usd", -1), price.get("per")
    good = price.keys() == {"usd", "per"} and _is_number(usd) and usd >= 0
    if not good or not isinstance(per, str) or not per.strip():
        say('price must be { usd = 0.01, per = "what it is for" }')


def _check_fields(model: Model, say: Say) -> None:
    """Bounds and defaults are those of fields that its tasks have, and fit each other."""
    fields = {one.name: one for task in model.tasks if task in TASKS for one in TASKS[task].fields}
    for name in dict.fromkeys((*model.bounds, *model.defaults)):
        if name not in fields:
            say(f"none of its tasks has a field {name}")
            continue
        field, bounds = fields[name], model.bounds.get(name, {})
        problem = _of_bounds(field, bounds)
        default = model.defaults.get(name, field.default)
        if problem is None and default is not None:
            problem = _of_default(field, bounds, default)
        if problem is not None:
            say(f"{name}: {problem}")


def _of_bounds(field: Field, bounds: Any) -> str | None:
    if not isinstance(bounds, dict) or not bounds.keys() <= set(_BOUNDS):
        return f"bounds are a table of {', '.join(_BOUNDS)}"
    if bounds and field.kind not in {"integer", "number"}:
        return "only numbers have bounds"
    if not all(_is_number(one) for one in bounds.values()) or bounds.get("multiple_of", 1) <= 0:
        return "bounds are numbers, multiple_of a positive one"
    low, high = _range(field, bounds)
    if _beyond(bounds.get("min"), field) or _beyond(bounds.get("max"), field):
        return f"bounds may not be wider than the task's, {field.low:g}..{field.high:g}"
    if low > high:
        return "min is above max"
    return None


def _of_default(field: Field, bounds: Mapping[str, float], default: Any) -> str | None:
    if field.kind in {"file", "voice", "json"}:
        return "a field of this kind has no default"
    if field.kind == "choice":
        known = ", ".join(field.choices)
        return None if default in field.choices else f"the default must be one of {known}"
    if field.kind in {"text", "line"}:
        if isinstance(default, str) and len(default) <= (field.longest or len(default)):
            return None
        return f"the default must be a text of up to {field.longest} characters"
    if not _is_number(default) or (field.kind == "integer" and not isinstance(default, int)):
        return f"the default must be {'a whole' if field.kind == 'integer' else 'a'} number"
    low, high = _range(field, bounds)
    if not low <= default <= high:
        return f"the default {default:g} is not within {low:g}..{high:g}"
    for multiple in (field.multiple, bounds.get("multiple_of")):
        if multiple and default % multiple:
            return f"the default {default:g} is no multiple of {multiple:g}"
    return None


def _range(field: Field, bounds: Mapping[str, float]) -> tuple[float, float]:
    low = field.low if field.low is not None else float("-inf")
    high = field.high if field.high is not None else float("inf")
    return bounds.get("min", low), bounds.get("max", high)


def _beyond(value: float | None, field: Field) -> bool:
    low, high = _range(field, {})
    return value is not None and not low <= value <= high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
