"""Engines make the media; the worker around them does not know how.

See README.md for how to add one.
"""

from worker.engines.interface import (
    Cancelled,
    Engine,
    EngineError,
    ModelUnavailable,
    OutOfMemory,
    OutputFile,
    Preview,
    Result,
    Step,
)
from worker.engines.loading import DEFAULT, UnknownEngine, Unready, load_engine

__all__ = [
    "DEFAULT",
    "Cancelled",
    "Engine",
    "EngineError",
    "ModelUnavailable",
    "OutOfMemory",
    "OutputFile",
    "Preview",
    "Result",
    "Step",
    "UnknownEngine",
    "Unready",
    "load_engine",
]
