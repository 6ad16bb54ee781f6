"""How far a run is, told at each denoising step; a job that is to stop stops there."""

from collections.abc import Callable
from typing import Any

from worker.encoding.small import preview
from worker.engines.diffusers.look import Look
from worker.engines.interface import Preview, Step

DECODING = 0.05  #: the share of a part that comes after its last step
OnStepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


class Progress:
    """Rises only, whatever is begun again."""

    def __init__(self, step: Step, look: Look, size: tuple[int, int]) -> None:
        self._step, self._look, self._size = step, look, size
        self._reached = 0.0

    def at(self, fraction: float, looks: Preview = None) -> None:
        """Tell it; raises ``Cancelled`` if the job must stop."""
        self._reached = max(self._reached, min(1.0, fraction))
        self._step(self._reached, looks)

    def steps(self, low: float, high: float) -> OnStepEnd:
        """What a pipeline calls after each step of a part of the work."""
        width = (high - low) * (1 - DECODING)

        def on_step_end(
            pipeline: Any, index: int, _timestep: Any, values: dict[str, Any]
        ) -> dict[str, Any]:
            done = (index + 1) / max(1, pipeline.num_timesteps)
            latents, look = values["latents"], self._look
            look.see(latents, self._size)
            looks = (lambda: preview(look.picture(latents, self._size))) if look.learnt else None
            self.at(low + width * done, looks)
            return values

        return on_step_end
