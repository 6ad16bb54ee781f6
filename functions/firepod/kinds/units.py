"""What a request weighs, in units: one unit is one default picture (1024x1024, 30 steps).

| Request | Units |
|---|---|
| pictures | pixels x steps x `num_images`, over those of a default picture |
| video | pixels x steps x `num_frames`: each frame is a picture of its size |
| voice | 5 |
| speech | 1 for every 500 characters begun |
| voice or speech made elsewhere, to be stored only | 1 |

Always rounded up, so that nothing is free. A request that is dearer in any one of these is never
lighter. The weights follow what GPUs take, not what they cost today: a default video (832x480, 49
frames) weighs 19.
"""

from collections.abc import Mapping
from typing import Any

from firepod.domain.generation import MediaType

DEFAULT_PIXELS = 1024 * 1024
DEFAULT_STEPS = 30
VOICE = 5
CHARACTERS = 500  # of speech, a unit
STORED_ONLY = 1


def units(media_type: MediaType, request: Mapping[str, Any]) -> int:
    """What a request weighs; what it does not say counts as its default."""
    match media_type:
        case MediaType.IMAGES:
            pixels = _count(request, "width", 1024) * _count(request, "height", 1024)
            return _diffusion(request, pixels * _count(request, "num_images", 1))
        case MediaType.VIDEOS:
            pixels = _count(request, "video_width", 832) * _count(request, "video_height", 480)
            return _diffusion(request, pixels * _count(request, "num_frames", 49))
        case MediaType.VOICES:
            return VOICE
        case MediaType.TTS:
            return _parts(len(str(request.get("text", ""))), CHARACTERS)


def _diffusion(request: Mapping[str, Any], pixels: int) -> int:
    steps = _count(request, "steps", DEFAULT_STEPS)
    return _parts(pixels * steps, DEFAULT_PIXELS * DEFAULT_STEPS)


def _count(request: Mapping[str, Any], name: str, default: int) -> int:
    """A number of the request; an older document may hold none, or nonsense."""
    value = request.get(name, default)
    return value if isinstance(value, int) and value > 0 else default


def _parts(amount: int, size: int) -> int:
    return max(1, -(-amount // size))
