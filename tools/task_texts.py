"""What is written from the registry: the console's form, TypeScript, tables, rules, indexes."""

import json
from collections.abc import Iterable
from typing import Any

from firepod.domain.generation import MediaType
from firepod.kinds import registry
from firepod.kinds.fields import EXTRA, FILE_KINDS, METADATA, Field
from firepod.kinds.task import Task

TASKS = registry.TASKS.values()
BESIDE = (EXTRA, METADATA)  # what every task takes
WIDTH = 100


def form() -> str:
    """The table of tasks that the console's form is made of."""
    shown = {one.name: _form_of(one) for one in TASKS}
    lines = ["/** @type {Record<TaskType, Task>} */", "export const TASKS = {"]
    for name, task in shown.items():
        lines.append(f"  {name}: {{")
        lines += [f"    {key}: {_json(task[key])}," for key in ("label", "verb", "mediaType")]
        lines += ["    fields: ["]
        lines += [f"      {_json(field)}," for field in task["fields"]]
        lines += ["    ],"]
        if "sizes" in task:
            lines.append(f"    sizes: {_json(task['sizes'])},")
        lines.append("  },")
    return "\n".join([*lines, "};"])


def types() -> str:
    """The types of requests."""
    blocks = []
    for task in TASKS:
        lines = [f"/** {task.makes} */", f"export interface {task.model} extends Task {{"]
        lines.append(f'  task_type: "{task.name}";')
        for field in task.fields:
            if comment := comment_of(field):
                lines.append(f"  /** {comment} */")
            lines.append(f"  {field.name}{'' if field.required else '?'}: {_type_of(field)};")
        blocks.append("\n".join([*lines, "}"]))
    union = "\n".join(f"  | {task.model}" for task in TASKS)
    return "\n\n".join([*blocks, f"export type GenerationRequest =\n{union};"])


def tasks_table() -> str:
    """Every task with its fields."""
    rows = [
        (f"`{one.name}`", f"`{one.media_type}`", _names([*one.fields, *BESIDE])) for one in TASKS
    ]
    return table(("`task_type`", "makes", "its fields"), rows)


def fields_table() -> str:
    """Every field with its default and its bounds."""
    rows = {
        (f"`{field.name}`", _default(field), _allowed(field)): None
        for task in TASKS
        for field in task.fields
    }
    last = [(f"`{one.name}`", "empty", _allowed(one)) for one in BESIDE]
    return table(("Field", "Default", "Allowed"), [*rows, *last])


def aliases_table() -> str:
    """Every other spelling of a field."""
    found: dict[str, tuple[str, list[str]]] = {}
    for task in TASKS:
        for field in task.fields:
            for one in field.aliases:
                found.setdefault(one, (field.name, []))
    rows = []
    for one in found:
        names: dict[str, list[str]] = {}
        for task in TASKS:
            name = task.spellings.get(one)
            if name is not None and name != one:
                names.setdefault(name, []).append(f"`{task.name}`")
        rows += [(f"`{one}`", f"`{name}`", ", ".join(tasks)) for name, tasks in names.items()]
    return table(("Also spelled", "Field", "Of"), rows)


def upload_types() -> str:
    """The function of Storage's rules that says what may be uploaded."""
    lines = ["    function is_media_type(content_type) {", "      return content_type in ["]
    for number, kind in enumerate(FILE_KINDS, 1):
        end = "," if number < len(FILE_KINDS) else ""
        lines += _wrapped([f"'{one}'" for one in kind.types], 8, end)
    return "\n".join([*lines, "      ];", "    }"])


def indexes(text: str) -> str:
    """firestore.indexes.json with an index for each field that names an upload."""
    document = json.loads(text)
    kept = [one for one in document["fieldOverrides"] if "request_data." not in one["fieldPath"]]
    overrides = []
    for one in kept:
        overrides.append(one)
        if one["fieldPath"] == "request_data":
            media_type = MediaType(one["collectionGroup"])
            overrides += [
                {
                    "collectionGroup": str(media_type),
                    "fieldPath": f"request_data.{field}",
                    "indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION"}],
                }
                for field in registry.input_fields(media_type)
            ]
    return json.dumps(document | {"fieldOverrides": overrides}, indent=2) + "\n"


def _form_of(task: Task) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "label": task.label,
        "verb": task.verb,
        "mediaType": str(task.media_type),
        "fields": [_field(one) for one in (*task.fields, *BESIDE)],
    }
    if task.sizes is not None:
        shown["sizes"] = {"names": task.sizes.names, "choices": task.sizes.choices}
    return shown


def _field(field: Field) -> dict[str, Any]:
    said = {
        "name": field.name,
        "label": field.label,
        "kind": field.kind,
        "required": field.required or None,
        "default": field.default,
        "min": field.low,
        "max": field.high,
        "multiple": field.multiple,
        "choices": field.choices or None,
        "maxLength": field.longest,
        "accept": field.file and field.file.accept,
        "hint": field.hint or None,
        "advanced": field.advanced or None,
    }
    return {name: _plain(value) for name, value in said.items() if value is not None}


def _type_of(field: Field) -> str:
    match field.kind:
        case "integer" | "number":
            return "number"
        case "file":
            return "StoragePath"
        case "choice":
            return " | ".join(f'"{one}"' for one in field.choices)
    return "string"


def comment_of(field: Field) -> str:
    """What is said beside a field, as sentences."""
    said = field.hint
    if field.drawn:
        said = "Drawn by the server, and recorded, when it is missing."
    also = f"Also spelled `{'`, `'.join(field.aliases)}`." if field.aliases else ""
    return " ".join(one for one in (_sentence(said), also) if one)


def _sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".?!}" else text


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return "drawn, and recorded in `request_data`" if field.drawn else "none"
    return str(field.default) or "empty"


def _allowed(field: Field) -> str:
    if field.allowed:
        return field.allowed
    if field.choices:
        return ", ".join(f"`{one}`" for one in field.choices)
    if field.longest is not None:
        spaces = ", not only spaces" if field.more_than_spaces else ""
        return f"{field.shortest}..{field.longest} characters{spaces}"
    return f"{_plain(field.low)}..{_plain(field.high)}"


def _plain(value: Any) -> Any:
    """7 rather than 7.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _names(fields: Iterable[Field]) -> str:
    return ", ".join(f"`{one.name}`" for one in fields)


def _json(value: Any) -> str:
    """JSON as it is written in JavaScript: names without quotes."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name}: {_json(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown, with an empty line before and after it."""
    lines = [head, ("---",) * len(head), *rows]
    written = [f"| {' | '.join(one)} |" for one in lines]
    written[1] = "|" + "---|" * len(head)
    return "\n" + "\n".join(written) + "\n"


def _wrapped(words: list[str], indent: int, end: str) -> list[str]:
    lines = [" " * indent + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > WIDTH:
            lines[-1] += ","
            lines.append(" " * indent + word)
        else:
            lines[-1] += f", {word}"
    lines[-1] += end
    return lines
