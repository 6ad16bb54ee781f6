"""What a request weighs, in units: one unit is one default picture (1024x1024, 30 steps).

| Request | Units |
|---|---|
| pictures | pixels x steps, those of a refiner with them, x `num_images`, over a default picture |
| video | pixels x steps x `num_frames`: each frame is a picture of its size |
| voice | 5 |
| speech | 1 for every 500 characters begun |
| voice or speech made elsewhere, to be stored only | 1 |

Always rounded up, so that nothing is free. A request that is dearer in any one of these is never
lighter. Units follow what GPUs take, not what they cost today: a default video (832x480, 49 frames)
weighs 19. What a model costs more than others is its `weight` in the table, which multiplies them.
Each entry of the registry says its own; here is what they count with.
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_PIXELS = 1024 * 1024
DEFAULT_STEPS = 30
STORED_ONLY = 1


def diffusion(request: Mapping[str, Any], pixels: int) -> int:
    """Pixels that are drawn in steps."""
    steps = count(request, "steps", DEFAULT_STEPS) + count(request, "refiner_inference_steps", 0)
    return parts(pixels * steps, DEFAULT_PIXELS * DEFAULT_STEPS)


def count(request: Mapping[str, Any], name: str, default: int) -> int:
    """A number of the request; an older document may hold none, or nonsense."""
    value = request.get(name, default)
    return value if isinstance(value, int) and value > 0 else default


def parts(amount: int, size: int) -> int:
    """How many parts of a size an amount begins; at least one."""
    return max(1, -(-amount // size))
