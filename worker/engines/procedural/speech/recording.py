"""Reads a recording at the rate at which voices are measured."""

from pathlib import Path

from worker.engines import recording
from worker.engines.procedural.progress import Progress
from worker.engines.recording import MAX_SECONDS, Samples

__all__ = ["MAX_SECONDS", "RATE", "Samples", "read_recording"]

RATE = 16_000
"""Everything is measured at this rate."""


def read_recording(path: Path, progress: Progress) -> tuple[Samples, int]:
    """Read sound; see ``worker.engines.recording.read_recording``."""
    return recording.read_recording(path, RATE, progress.at)
