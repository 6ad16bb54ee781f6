"""What has to hold for the bounds, defaults and sizes of a model."""

from collections.abc import Callable, Mapping
from typing import Any

from firepod.kinds.fields import Field
from firepod.kinds.registry import TASKS
from firepod.models.model import Model

Say = Callable[[str], None]
_BOUNDS = ("min", "max", "multiple_of", "one_of")


def check_fields(model: Model, say: Say) -> None:
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
    _check_sizes(model, say)


def _check_sizes(model: Model, say: Say) -> None:
    """The size that a request has when it names none is one that the model takes."""
    for task in (TASKS[name] for name in model.tasks if name in TASKS):
        if not model.sizes or task.sizes is None:
            continue
        fields = {one.name: one for one in task.fields}
        usual = tuple(model.defaults.get(name, fields[name].default) for name in task.sizes.names)
        if usual not in model.sizes:
            say(f"sizes: {task.name} has the default {usual[0]}x{usual[1]}, which is none of them")
        pairs = [(fields[task.sizes.names[i]], size[i]) for size in model.sizes for i in (0, 1)]
        if any(_beyond(side, one) or side % (one.multiple or 1) for one, side in pairs):
            say(f"sizes: {task.name} does not take all of them")


def _of_bounds(field: Field, bounds: Any) -> str | None:
    if not isinstance(bounds, dict) or not bounds.keys() <= set(_BOUNDS):
        return f"bounds are a table of {', '.join(_BOUNDS)}"
    if "one_of" in bounds:
        return _of_choices(field, bounds)
    if bounds and field.kind not in {"integer", "number"}:
        return "only numbers have bounds"
    if not all(is_number(one) for one in bounds.values()) or bounds.get("multiple_of", 1) <= 0:
        return "bounds are numbers, multiple_of a positive one"
    low, high = _range(field, bounds)
    if _beyond(bounds.get("min"), field) or _beyond(bounds.get("max"), field):
        return f"bounds may not be wider than the task's, {field.low:g}..{field.high:g}"
    if low > high:
        return "min is above max"
    return None


def _of_choices(field: Field, bounds: Mapping[str, Any]) -> str | None:
    choices = bounds["one_of"]
    if len(bounds) > 1 or not isinstance(choices, list) or not choices:
        return "one_of is a list, and stands alone"
    if field.kind == "choice":
        good = all(one in field.choices for one in choices)
    elif field.kind in {"integer", "number"}:
        good = all(is_number(one) and not _beyond(one, field) for one in choices)
    else:
        return "only numbers and choices have one_of"
    return None if good else "one_of holds what the task does not take"


def _of_default(field: Field, bounds: Mapping[str, Any], default: Any) -> str | None:
    if "one_of" in bounds and default not in bounds["one_of"]:
        return f"the default {default} is not one of {', '.join(map(str, bounds['one_of']))}"
    if field.kind in {"file", "voice", "json"}:
        return "a field of this kind has no default"
    if field.kind == "choice":
        known = ", ".join(field.choices)
        return None if default in field.choices else f"the default must be one of {known}"
    if field.kind in {"text", "line"}:
        if isinstance(default, str) and len(default) <= (field.longest or len(default)):
            return None
        return f"the default must be a text of up to {field.longest} characters"
    if not is_number(default) or (field.kind == "integer" and not isinstance(default, int)):
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


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
