"""What can be asked for. A field that is left out has the backend's default."""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict

Plain = str | int | float | bool | None


class _Task(TypedDict, total=False):
    # An id that `models()` gives; without it the deployment's default.
    model: str
    # A flat map of at most 8 KiB of JSON, handed to the worker as it is.
    extra: Mapping[str, Plain]
    # A flat map of your own, at most 2 KiB of JSON; it stands in the document.
    metadata: Mapping[str, Plain]
    # At most 128 characters; the same key and request again start nothing new.
    idempotency_key: str


# fmt: off
# `make generate` writes: requests
class TextToImage(_Task, total=False):
    """A picture from words."""

    task_type: Required[Literal["text2img"]]
    # What is to be seen, in your words.
    prompt: Required[str]
    width: int
    height: int
    # Also spelled `num_images_per_prompt`.
    num_images: int
    # What is not to be seen.
    negative_prompt: str
    # Also spelled `num_inference_steps`.
    steps: int
    # Also spelled `guidance`.
    guidance_scale: float
    # Empty: the one that the model usually has.
    scheduler: Literal[
        "PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep",
        "DPMSolverSinglestep",
    ]
    # Drawn by the server, and recorded, when it is missing.
    seed: int
    # Used where the model has a refiner.
    refiner_inference_steps: int
    # Used where the model has a refiner: 0.8 leaves the last fifth to it.
    high_noise_frac: float
    # WebP and JPEG are smaller; JPEG has no transparency.
    output_format: Literal[
        "png", "webp", "jpeg",
    ]
    # Used where the model has a refiner.
    strength: float


class ImageToImage(_Task, total=False):
    """A picture from a picture of the caller's and words."""

    task_type: Required[Literal["img2img"]]
    # PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`.
    init_image: Required[str]
    # What is to be seen, in your words.
    prompt: Required[str]
    width: int
    height: int
    # Also spelled `num_images_per_prompt`.
    num_images: int
    # What is not to be seen.
    negative_prompt: str
    # Also spelled `num_inference_steps`.
    steps: int
    # Also spelled `guidance`.
    guidance_scale: float
    # Empty: the one that the model usually has.
    scheduler: Literal[
        "PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep",
        "DPMSolverSinglestep",
    ]
    # Drawn by the server, and recorded, when it is missing.
    seed: int
    # Used where the model has a refiner.
    refiner_inference_steps: int
    # Used where the model has a refiner: 0.8 leaves the last fifth to it.
    high_noise_frac: float
    # WebP and JPEG are smaller; JPEG has no transparency.
    output_format: Literal[
        "png", "webp", "jpeg",
    ]
    # 0 keeps, 1 redraws.
    strength: float


class Inpaint(_Task, total=False):
    """A picture of the caller's with a part of it painted anew."""

    task_type: Required[Literal["inpaint"]]
    # PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`.
    init_image: Required[str]
    # A picture of the same shape: white is painted anew, black stays as it is. Also spelled `mask`,
    # `mask_url`.
    mask_image: Required[str]
    # What is to be seen, in your words.
    prompt: Required[str]
    width: int
    height: int
    # Also spelled `num_images_per_prompt`.
    num_images: int
    # What is not to be seen.
    negative_prompt: str
    # Also spelled `num_inference_steps`.
    steps: int
    # Also spelled `guidance`.
    guidance_scale: float
    # Empty: the one that the model usually has.
    scheduler: Literal[
        "PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep",
        "DPMSolverSinglestep",
    ]
    # Drawn by the server, and recorded, when it is missing.
    seed: int
    # Used where the model has a refiner.
    refiner_inference_steps: int
    # Used where the model has a refiner: 0.8 leaves the last fifth to it.
    high_noise_frac: float
    # WebP and JPEG are smaller; JPEG has no transparency.
    output_format: Literal[
        "png", "webp", "jpeg",
    ]
    # 0 keeps, 1 redraws.
    strength: float


class TextToVideo(_Task, total=False):
    """A video from words."""

    task_type: Required[Literal["text2video"]]
    # What is to be seen, in your words.
    prompt: Required[str]
    # Also spelled `width`.
    video_width: int
    # Also spelled `height`.
    video_height: int
    num_frames: int
    fps: int
    # What is not to be seen.
    negative_prompt: str
    # Also spelled `num_inference_steps`.
    steps: int
    # Also spelled `guidance`, `video_guidance_scale`.
    guidance_scale: float
    # Empty: the one that the model usually has.
    scheduler: Literal[
        "PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep",
        "DPMSolverSinglestep",
    ]
    # Drawn by the server, and recorded, when it is missing.
    seed: int


class ImageToVideo(_Task, total=False):
    """A video that begins with a picture of the caller's."""

    task_type: Required[Literal["img2video"]]
    # PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`.
    init_image: Required[str]
    # What is to be seen, in your words.
    prompt: Required[str]
    # Also spelled `width`.
    video_width: int
    # Also spelled `height`.
    video_height: int
    num_frames: int
    fps: int
    # What is not to be seen.
    negative_prompt: str
    # Also spelled `num_inference_steps`.
    steps: int
    # Also spelled `guidance`, `video_guidance_scale`.
    guidance_scale: float
    # Empty: the one that the model usually has.
    scheduler: Literal[
        "PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep",
        "DPMSolverSinglestep",
    ]
    # Drawn by the server, and recorded, when it is missing.
    seed: int


class VoiceClone(_Task, total=False):
    """A voice from a recording of the caller's."""

    task_type: Required[Literal["voice_clone"]]
    # Also spelled `voice_name`.
    name: Required[str]
    # WAV, MP3, OGG, FLAC or M4A, up to 25 MiB; some seconds of one person speaking.
    audio: Required[str]
    # Makes the voice more alike.
    reference_text: str
    # A tag such as en, de or pt-BR.
    language: str
    # Of the sample. MP3 and Ogg (Opus) are smaller.
    output_format: Literal[
        "wav", "mp3", "ogg",
    ]


class TextToSpeech(_Task, total=False):
    """Words spoken by a voice of the caller's."""

    task_type: Required[Literal["tts"]]
    # One that you have cloned.
    voice_id: Required[str]
    # Up to 50,000 characters; of a long one MP3 or Ogg is far smaller.
    text: Required[str]
    speed: float
    # A tag such as en, de or pt-BR.
    language: str
    # MP3 and Ogg (Opus) are smaller.
    output_format: Literal[
        "wav", "mp3", "ogg",
    ]


GenerationRequest = (
    TextToImage
    | ImageToImage
    | Inpaint
    | TextToVideo
    | ImageToVideo
    | VoiceClone
    | TextToSpeech
)
# end of requests
