"""Names of objects in Storage (docs/contract.md, 4): computed here, never taken from outside."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from firepod.domain.generation import GenerationRef, MediaType, Output

MAX_OBJECT_NAME_BYTES = 1024  # https://cloud.google.com/storage/docs/objects#naming
MAX_UPLOAD_NAME_CHARS = 200
UPLOADS = "uploads/"
# The fields of requests that name an object of the user's.
INPUT_FIELDS = {
    MediaType.IMAGES: ("init_image", "mask_image"),
    MediaType.VIDEOS: ("init_image",),
    MediaType.VOICES: ("audio",),
    MediaType.TTS: (),
}
_FOLDERS = {MediaType.IMAGES: "image", MediaType.VIDEOS: "video"}


def slug(name: str) -> str:
    """The readable part of a voice id: ASCII letters, digits and `_`, at most 40, maybe empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:40].strip("_")


def voice_id(name: str, entropy: str) -> str:
    """`voice_{slug}_{8 hex}`; names without a letter or digit in ASCII get `voice_voice_...`."""
    return f"voice_{slug(name) or 'voice'}_{entropy[:8]}"


def is_file_uid(text: str) -> bool:
    """Whether a text can be the name of a generation; Firestore keeps `__...__` to itself."""
    named = re.fullmatch(r"[A-Za-z0-9_-]{1,100}", text) is not None
    return named and not (text.startswith("__") and text.endswith("__"))


def is_voice_id(text: str) -> bool:
    """Whether a text has the form of our voice ids."""
    return re.fullmatch(r"voice_[a-z0-9_]{1,40}_[0-9a-f]{8}", text) is not None


def generation_id(now: datetime, entropy: str) -> str:
    """`gen_{YYYYMMDD_HHMMSS}_{8 hex}`."""
    return f"gen_{stamp(now)}_{entropy[:8]}"


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d_%H%M%S}"


def outputs(
    ref: GenerationRef, *, count: int, now: datetime, voice: str = ""
) -> tuple[Output, ...]:
    """The objects that a generation is to leave, in the order in which a worker makes them.

    `count` is the number of pictures; `voice` the voice that speaks, for speech.
    """
    match ref.media_type:
        case MediaType.IMAGES:
            names = [ref.file_uid] if count == 1 else [f"{ref.file_uid}_{i}" for i in range(count)]
            folder = prefix(ref)
            return tuple(Output(f"{folder}{name}.png", "image/png") for name in names)
        case MediaType.VIDEOS:
            return (Output(f"{prefix(ref)}{ref.file_uid}.mp4", "video/mp4"),)
        case MediaType.VOICES:
            folder, uid = prefix(ref), ref.file_uid
            return (
                Output(f"{folder}samples/{uid}_sample_{stamp(now)}.wav", "audio/wav"),
                Output(voice_profile(uid), "application/octet-stream"),
            )
        case MediaType.TTS:
            return (Output(f"{prefix(ref)}TTS_{voice}_{stamp(now)}.wav", "audio/wav"),)


def voice_profile(voice: str) -> str:
    """Where the profile of a voice is."""
    return f"voices/{voice}/profiles/{voice}.npy"


def prefix(ref: GenerationRef) -> str:
    """The folder of a generation's objects; pictures and videos share it with the user's others."""
    match ref.media_type:
        case MediaType.IMAGES | MediaType.VIDEOS:
            return f"generating/{ref.user_id}/{_FOLDERS[ref.media_type]}/"
        case MediaType.VOICES:
            return f"voices/{ref.file_uid}/"
        case MediaType.TTS:
            return f"tts/{ref.file_uid}/"


def owned_input(path: str, user_id: str) -> bool:
    """Whether a path that a user handed in names an object under one of their own prefixes."""
    if len(path.encode("utf-8", "replace")) > MAX_OBJECT_NAME_BYTES:
        return False
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c == "\\" for c in path):
        return False
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return False
    return path.startswith((f"uploads/{user_id}/", f"generating/{user_id}/"))


def upload(user_id: str, name: str) -> str:
    """The path of an upload."""
    return f"{UPLOADS}{user_id}/{name}"


def uploads_of(ref: GenerationRef, request_data: dict[str, Any]) -> tuple[str, ...]:
    """The uploads of its own user that a request names."""
    named = [request_data.get(field) for field in INPUT_FIELDS[ref.media_type]]
    own = upload(ref.user_id, "")
    return tuple(
        dict.fromkeys(
            path
            for path in named
            if isinstance(path, str) and path.startswith(own) and owned_input(path, ref.user_id)
        )
    )


def is_upload_name(text: str) -> bool:
    """Whether a text can be the name of an upload, as the Storage rules have it."""
    if not 1 <= len(text) <= MAX_UPLOAD_NAME_CHARS or text.startswith("."):
        return False
    return not any(c in "/\\" or unicodedata.category(c).startswith("C") for c in text)


def own_folders(user_id: str) -> tuple[str, ...]:
    """The folders in which everything is one user's."""
    return (f"generating/{user_id}/", upload(user_id, ""), f"thumbs/{user_id}/")


SHARED_FOLDERS = ("tts/", "voices/")  # in order of name; the owner stands on each object there
