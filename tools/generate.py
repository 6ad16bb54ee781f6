"""Write what follows from the registry of tasks and the table of models into other files.

    make generate

Each such part stands between two lines that say so; the rest of its file is written by hand. What
one tries a worker with, and what RunPod's Hub reads, are files of their own.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from tools import agent_texts, model_texts, python_texts, sample_inputs, task_texts

ROOT = Path(__file__).parents[1]
# File -> the names of its parts, as their two lines have them, and who writes them.
_PARTS: dict[str, tuple[tuple[str, Callable[[], str]], ...]] = {
    "README.md": (("tasks", agent_texts.tasks_list),),
    "docs/contract.md": (
        ("tasks", task_texts.tasks_table),
        ("fields", task_texts.fields_table),
        ("spellings", task_texts.aliases_table),
    ),
    "AGENTS.md": (
        ("tasks", agent_texts.tasks),
        ("statuses", agent_texts.statuses),
        ("failures", agent_texts.failures),
        ("refusals", agent_texts.refusals),
        ("operations", agent_texts.operations),
    ),
    "llms.txt": (("tasks", agent_texts.tasks_list),),
    "docs/models.md": (("models", model_texts.models_table),),
    "storage.rules": (("types of uploads", task_texts.upload_types),),
    "web/src/tasks.js": (("tasks", task_texts.form),),
    "clients/python/firepod_client/requests.py": (("requests", python_texts.types),),
    "clients/js/src/types.ts": (("requests", task_texts.types),),
}


class NoPlace(Exception):
    """A file lacks the two lines between which a part belongs."""


def wanted(root: Path = ROOT) -> dict[Path, str]:
    """Each file with what it should hold."""
    files = {root / name: _filled(root / name, parts) for name, parts in _PARTS.items()}
    indexes = root / "firestore.indexes.json"
    inputs = {
        root / f"worker/test_inputs/{name}.json": text
        for name, text in sample_inputs.samples().items()
    }
    # RunPod's Hub looks for a Dockerfile there, and would build no other.
    image = root / ".runpod/Dockerfile"
    hub = {
        root / ".runpod/tests.json": sample_inputs.hub_tests(),
        image: (ROOT / "worker/images/diffusers.Dockerfile").read_text(),
    }
    return files | inputs | hub | {indexes: task_texts.indexes(indexes.read_text())}


def stale(root: Path = ROOT) -> list[Path]:
    """The files that do not hold what they should."""
    return [
        path
        for path, text in wanted(root).items()
        if not path.is_file() or path.read_text() != text
    ]


def _filled(path: Path, parts: tuple[tuple[str, Callable[[], str]], ...]) -> str:
    text = path.read_text()
    for name, write in parts:
        between = re.compile(
            rf"(^[^\n]*`make generate` writes: {name}\b[^\n]*\n).*?(^[^\n]*end of {name}\b)",
            re.DOTALL | re.MULTILINE,
        )
        places = list(between.finditer(text))
        if len(places) != 1:
            raise NoPlace(f"{path.name} has {len(places)} places for {name}, and needs one")
        begin, end = places[0].end(1), places[0].start(2)
        text = f"{text[:begin]}{write()}\n{text[end:]}"
    return text


def main() -> int:
    """Write what is not up to date, and say what was."""
    for path in stale():
        path.write_text(wanted()[path])
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
