"""How far a run is, told at each denoising step; a job that is to stop stops there."""

from collections.abc import Callable
from typing import Any

from worker.engines.interface import Step

DECODING = 0.05  #: the share of a part that comes after its last step
OnStepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


class Progress:
    """Rises only, whatever is begun again."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._reached = 0.0

    def at(self, fraction: float) -> None:
        """Tell it; raises ``Cancelled`` if the job must stop."""
        self._reached = max(self._reached, min(1.0, fraction))
        self._step(self._reached)

    def steps(self, low: float, high: float) -> OnStepEnd:
        """What a pipeline calls after each step of a part of the work."""
        width = (high - low) * (1 - DECODING)

        def on_step_end(
            pipeline: Any, index: int, _timestep: Any, values: dict[str, Any]
        ) -> dict[str, Any]:
            done = (index + 1) / max(1, pipeline.num_timesteps)
            self.at(low + width * done)
            return values

        return on_step_end
