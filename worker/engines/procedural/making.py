"""What the function that makes a task looks like; each module says in `TASKS` which it has."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from worker.engines.interface import Result
from worker.engines.procedural.progress import Progress

Maker = Callable[[Mapping[str, Any], Mapping[str, Path], Path, Progress], Result]
"""(request, inputs, workdir, progress) -> files; see ``Engine.run``."""

Makers = Mapping[str, Maker]
