"""The Python client's types of requests, from the registry of tasks."""

import textwrap

from firepod.kinds.fields import Field
from tools.task_texts import TASKS, WIDTH, comment_of


def types() -> str:
    """A TypedDict for each task, and all of them together."""
    blocks = []
    for task in TASKS:
        lines = [f"class {task.model}(_Task, total=False):", f'    """{task.makes}"""', ""]
        lines.append(f'    task_type: Required[Literal["{task.name}"]]')
        for field in task.fields:
            lines += _wrapped(comment_of(field))
            lines += _declared(field)
        blocks.append("\n".join(lines))
    union = "\n".join(f"    | {task.model}" for task in TASKS)
    blocks.append(f"GenerationRequest = (\n{union.replace('    | ', '    ', 1)}\n)")
    return "\n\n\n".join(blocks)


def _wrapped(comment: str) -> list[str]:
    return textwrap.wrap(comment, WIDTH, initial_indent="    # ", subsequent_indent="    # ")


def _declared(field: Field) -> list[str]:
    if field.kind != "choice":
        kind = {"integer": "int", "number": "float"}.get(field.kind, "str")
        return [f"    {field.name}: {f'Required[{kind}]' if field.required else kind}"]
    choices = ", ".join(f'"{one}"' for one in field.choices)
    return [
        f"    {field.name}: Literal[",
        *textwrap.wrap(f"{choices},", WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8),
        "    ]",
    ]
