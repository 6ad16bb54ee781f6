"""Turns many small signs of work into one fraction that only grows."""

import math

from worker.engines.interface import Preview, Step


class Progress:
    """Reports parts of a whole to ``step``; which may raise ``Cancelled``."""

    def __init__(self, step: Step, start: float = 0.0, end: float = 1.0) -> None:
        self._step, self._start, self._end = step, start, end
        self._beats = 0

    def part(self, start: float, end: float) -> "Progress":
        """Build the progress of a piece of this one's work."""
        width = self._end - self._start
        return Progress(self._step, self._start + start * width, self._start + end * width)

    def at(self, fraction: float, preview: Preview = None) -> None:
        """Say how far this piece is, and how it looks."""
        self._step(self._start + min(1.0, fraction) * (self._end - self._start), preview)

    def beat(self) -> None:
        """Say that work of unknown length goes on."""
        self._beats += 1
        self.at(1 - math.exp(-self._beats / 25))
