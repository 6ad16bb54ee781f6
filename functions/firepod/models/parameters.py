"""What the table and the parameters of a deployment (docs/contract.md, 7) know of each other.

Every function imports this with its parameters, so it reads nothing.
"""

from pathlib import Path

from firepod.domain.generation import MediaType

OF_MEDIA = {
    MediaType.IMAGES: "RUNPOD_IMAGE_ENDPOINT_ID",
    MediaType.VIDEOS: "RUNPOD_VIDEO_ENDPOINT_ID",
    MediaType.VOICES: "RUNPOD_VOICE_ENDPOINT_ID",
    MediaType.TTS: "RUNPOD_TTS_ENDPOINT_ID",
}
SDXL, COMFYUI = "RUNPOD_SDXL_ENDPOINT_ID", "RUNPOD_COMFYUI_ENDPOINT_ID"
ENDPOINTS = (*OF_MEDIA.values(), SDXL, COMFYUI)
FUNCTIONS = Path(__file__).parents[2]  # main.py is there
DEFAULT = "models.toml"
DEFAULT_TABLE = FUNCTIONS / DEFAULT


def parse_path(text: str) -> Path:
    """Where the table is; a path that is not absolute begins beside main.py.

    Raises:
        ValueError: there is no such file.
    """
    path = FUNCTIONS / text.strip()
    if not path.is_file():
        raise ValueError("names no file")
    return path
