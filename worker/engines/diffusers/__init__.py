"""Pictures and videos of models that the library diffusers runs.

FIREPOD_MODEL names one of those in ``worker/engines/models.toml``. The model is loaded, and run
once, before the worker takes its first job.
"""

import os

from worker.engines.diffusers.engine import DiffusersEngine
from worker.engines.table import model

DEFAULT_MODEL = "sdxl"


def create() -> DiffusersEngine:
    """Build the engine, as ``load_engine`` asks for it."""
    return DiffusersEngine(model(os.environ.get("FIREPOD_MODEL") or DEFAULT_MODEL))
