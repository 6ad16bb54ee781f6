"""Graphs of ComfyUI beside the table of models, as its "Export (API)" writes them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from firepod.models.model import Model
from firepod.models.parameters import FUNCTIONS
from firepod.protocol import json_text
from firepod.protocol.dialects import slots

FOLDER = FUNCTIONS / "workflows"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def read_workflow(name: object) -> Mapping[str, Any]:
    """The graph in `workflows/NAME.json`.

    Raises:
        ValueError: says what is wrong with it.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("must be the name of a file in workflows/, without .json")
    try:
        graph = json_text.parse((FOLDER / f"{name}.json").read_bytes())
    except OSError:
        raise ValueError(f"{name} is no file in workflows/") from None
    except json_text.NotJson:
        raise ValueError(f"{name} is not JSON") from None
    nodes = isinstance(graph, dict) and bool(graph)
    if not nodes or not all(
        isinstance(one, dict) and "class_type" in one for one in graph.values()
    ):
        raise ValueError(f"{name} is no graph of nodes with class_type")
    return dict(graph)


def check_slots(model: Model, known: Collection[str], say: Callable[[str], None]) -> None:
    """A model of ComfyUI has a graph, no other has one, and its slots are what requests have."""
    graph = model.workflow
    if (model.dialect == "comfyui") == (graph is None):
        say("workflow is what a model of the dialect comfyui has, and no other")
    for slot in sorted(set(slots.names(graph)) - {*known}):
        say(f"workflow: nothing that its tasks have is called {slot}")
