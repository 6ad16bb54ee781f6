"""How a picture looks while it is made: colours guessed from its latents.

A model's decoder takes as long as several steps. A linear map from the numbers of a place to its
colour takes nothing, and shows enough. It is learnt from the first thing that the model makes,
which is the worker's own; so no model needs one of its own to be published.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.float32]
FRAMES = 4
"""Of a video, one latent for so many frames, after the first."""


@dataclass(slots=True)
class Look:
    """Learns once, and shows from then on."""

    _seen: Numbers | None = None
    _map: Any = None

    @property
    def learnt(self) -> bool:
        return self._map is not None

    def see(self, latents: Any, size: tuple[int, int]) -> None:
        """Keep the latents of what is being made, of which the last ones will be decoded."""
        if not self.learnt:
            self._seen = _places(latents, size)

    def learn(self, picture: Image.Image) -> None:
        """Compare the latents that were seen last with what they were decoded to."""
        seen, self._seen = self._seen, None
        if seen is None or not np.isfinite(seen).all():
            return
        height, width, _ = seen.shape
        small = picture.convert("RGB").resize((width, height), Image.Resampling.BOX)
        colours = np.asarray(small, dtype=np.float32).reshape(-1, 3)
        self._map, *_ = np.linalg.lstsq(_known(seen), colours, rcond=None)

    def picture(self, latents: Any, size: tuple[int, int]) -> Image.Image:
        """How it looks so far; of several the first, of a video its middle."""
        places = _places(latents, size)
        height, width, _ = places.shape
        colours = np.matmul(_known(places), self._map).reshape(height, width, 3)
        return Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))


def middle(frames: int) -> int:
    """The frame of a video that its middle latent is decoded to."""
    latents = (frames - 1) // FRAMES + 1
    return FRAMES * (latents // 2)


def _places(latents: Any, size: tuple[int, int]) -> Numbers:
    """The numbers of each place, (height, width, numbers), however a model arranges them."""
    if latents.ndim == 3:  # all places in a row, line by line
        first = latents[0]
        width = round((len(first) * size[0] / size[1]) ** 0.5)
        first = first.reshape(-1, width, first.shape[-1])
    elif latents.ndim == 4:
        first = latents[0].permute(1, 2, 0)
    else:  # with frames
        first = latents[0][:, latents.shape[2] // 2].permute(1, 2, 0)
    return np.asarray(first.float().cpu(), dtype=np.float32)


def _known(places: Numbers) -> Numbers:
    """The numbers as the map takes them: without the strength of the noise that lies over them."""
    flat = places.reshape(-1, places.shape[-1])
    even = (flat - flat.mean(axis=0)) / (flat.std(axis=0) + 1e-6)
    return np.concatenate([even, np.ones((len(even), 1), np.float32)], axis=1)
