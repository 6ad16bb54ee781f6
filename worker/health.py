"""Whether the worker of this container takes jobs: `python -m worker.health`, exit code 0 or 1."""

import os
import sys
from pathlib import Path


def note_ready() -> None:
    """Note that the engine is loaded, where FIREPOD_READY_FILE says; without it nobody looks."""
    if named := os.environ.get("FIREPOD_READY_FILE"):
        Path(named).write_text(str(os.getpid()))


def is_ready() -> bool:
    """Whether the process that noted it still runs."""
    try:
        process = int(Path(os.environ["FIREPOD_READY_FILE"]).read_text())
        if process > 0:  # else it would be a whole group
            os.kill(process, 0)
    except (KeyError, OSError, ValueError, OverflowError):
        return False
    return process > 0


if __name__ == "__main__":
    sys.exit(0 if is_ready() else 1)
