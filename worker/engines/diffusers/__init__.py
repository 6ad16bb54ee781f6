"""Pictures and videos of models that the library diffusers runs.

FIREPOD_MODEL names one of those in ``worker/engines/models.toml``. The model is loaded, and run
once, before the worker takes its first job.
"""

from worker.engines.interface import Engine
from worker.engines.table import chosen

DEFAULT_MODEL = "sdxl"


def create() -> Engine:
    """Build the engine, as ``load_engine`` asks for it."""
    entry = chosen("diffusers", DEFAULT_MODEL)
    # After it: that a model's name is wrong can be told without the libraries.
    from worker.engines.diffusers.engine import DiffusersEngine

    return DiffusersEngine(entry)
