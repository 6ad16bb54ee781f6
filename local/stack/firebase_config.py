"""The firebase.json of one stack: the repository's, with its ports and parameters moved."""

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def load_firebase_config(root: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((root / "firebase.json").read_text("utf-8"))
    return config


def shifted(
    config: Mapping[str, Any], offset: int, parameters_folder: str, *, ui: bool = False
) -> dict[str, Any]:
    """`config` with every emulator port plus `offset`, and its own folder of dotenv files.

    `parameters_folder` is relative to the project's root. firebase-tools reads `.env*` from
    `configDir` where it is given, so that stacks that share functions/ do not share parameters.
    """
    moved = copy.deepcopy(dict(config))
    for emulator in moved["emulators"].values():
        if isinstance(emulator, dict):
            for key in ("port", "websocketPort"):
                if key in emulator:
                    emulator[key] += offset
    moved["emulators"]["ui"]["enabled"] = ui
    for codebase in moved["functions"]:
        codebase["configDir"] = parameters_folder
    return moved


def write_stack_config(
    root: Path,
    config: Mapping[str, Any],
    offset: int,
    parameters_folder: Path,
    *,
    ui: bool = False,
) -> Path:
    """Write the config of the stack at `offset` and return where.

    It must lie beside firebase.json: its folder is the project's root for firebase-tools.
    """
    path = root / f".firebase.{offset}.json"
    relative = os.path.relpath(parameters_folder, root)
    moved = shifted(config, offset, relative, ui=ui)
    path.write_text(json.dumps(moved, indent=2) + "\n", "utf-8")
    return path
