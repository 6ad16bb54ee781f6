"""The engine that clones voices and speaks with Resemble AI's Chatterbox, in 23 languages.

Its packages are in ``worker/requirements-chatterbox.txt``, and bear no other engine's beside them.
"""

import os

from worker.engines.chatterbox.engine import ChatterboxEngine
from worker.engines.table import chosen

DEFAULT_MODEL = "chatterbox"


def create() -> ChatterboxEngine:
    """Load the model and say a word with it, as ``load_engine`` asks for it."""
    entry = chosen("chatterbox", DEFAULT_MODEL)
    os.environ.setdefault("TQDM_DISABLE", "1")  # else each sentence draws a bar in RunPod's log
    from worker.engines.chatterbox.loading import load

    return ChatterboxEngine(load(entry), entry)
