"""What a scene hands to the brush and to the camera."""

from dataclasses import dataclass

from worker.engines.procedural.canvas import Field


@dataclass(frozen=True)
class Scene:
    """A painted scene before its brush work. Shapes: (H, W) and (H, W, 3), float32, 0..1."""

    colour: Field
    angle: Field
    """(H, W) direction of strokes and of motion, radians, 0 to the right, growing downwards."""
    lights: Field
    """Added after the brush, so that lamps and stars stay sharp."""
    stroke: float
    """Length of the brush strokes as a share of the picture's height."""
    drift: Field
    """(H, W) how much this place moves in a film, 0..1."""
