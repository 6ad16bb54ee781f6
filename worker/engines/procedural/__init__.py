"""The engine that needs no GPU, no model and no network.

It paints pictures and films from the words of the prompt by generative art, measures voices and
speaks with espeak-ng. Everything it makes follows from the request: the same request and seed give
the same result.
"""

from worker.engines.procedural.engine import ProceduralEngine


def create() -> ProceduralEngine:
    """Build the engine, as ``load_engine`` asks for it."""
    return ProceduralEngine()
