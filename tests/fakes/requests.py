"""Requests as the clients of other workers send them; what they become here."""

from collections.abc import Mapping

PICTURE = {
    "prompt": "a lighthouse",
    "num_images": 2,
    "height": 512,
    "width": 768,
    "guidance_scale": 6.5,
    "num_inference_steps": 20,
}
VIDEO = {
    "prompt": "waves",
    "num_frames": 25,
    "video_guidance_scale": 5,
    "fps": 12,
    "num_inference_steps": 20,
}
# Every field that worker-sdxl documents.
SDXL = {
    "prompt": "a lighthouse",
    "negative_prompt": "fog",
    "height": 1024,
    "width": 1024,
    "num_inference_steps": 25,
    "refiner_inference_steps": 50,
    "guidance_scale": 7.5,
    "strength": 0.3,
    "high_noise_frac": 0.8,
    "seed": 42,
    "scheduler": "K_EULER",
    "num_images": 1,
    "image_url": None,
}
_OURS = {"num_inference_steps": "steps", "video_guidance_scale": "guidance_scale"}


def recorded(request: Mapping[str, object]) -> dict[str, object]:
    """The fields by our names."""
    return {_OURS.get(n, n): value for n, value in request.items() if value is not None}


# Task, media type, request.
ALL = [
    ("text2img", "images", PICTURE),
    ("text2video", "videos", VIDEO),
    ("text2img", "images", SDXL),
]
