"""Names of objects in Storage (docs/contract.md, 4): computed here, never taken from outside."""

import re
import unicodedata
from datetime import datetime
from typing import TypeGuard

from firepod.domain.thumbs import THUMBS

MAX_OBJECT_NAME_BYTES = 1024  # https://cloud.google.com/storage/docs/objects#naming
MAX_UPLOAD_NAME_CHARS = 200
UPLOADS = "uploads/"
VOICE_NAME = "[A-Za-z0-9_-]{1,80}"  # ours, or of a user's own endpoint


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


def is_voice_id(text: object) -> TypeGuard[str]:
    """Whether it has the form of our voice ids."""
    return (
        isinstance(text, str)
        and re.fullmatch(r"voice_[a-z0-9_]{1,40}_[0-9a-f]{8}", text) is not None
    )


def is_voice_name(text: str) -> bool:
    """Whether a text can be the id of a voice, ours or of a user's own endpoint."""
    return re.fullmatch(VOICE_NAME, text) is not None


def generation_id(now: datetime, entropy: str) -> str:
    """`gen_{YYYYMMDD_HHMMSS}_{8 hex}`."""
    return f"gen_{stamp(now)}_{entropy[:8]}"


def is_generation_id(text: object) -> TypeGuard[str]:
    """Whether it has the form of our ids of speech."""
    return isinstance(text, str) and re.fullmatch(r"gen_\d{8}_\d{6}_[0-9a-f]{8}", text) is not None


def uuid(entropy: str) -> str:
    """32 hex digits as a UUID is written."""
    parts = (entropy[:8], entropy[8:12], entropy[12:16], entropy[16:20], entropy[20:])
    return "-".join(parts)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d_%H%M%S}"


def voice_sample(voice: str, now: datetime, extension: str) -> str:
    """Where a sample of a voice is; the times in their names are when they came."""
    return f"{voice_samples(voice)}{voice}_sample_{stamp(now)}.{extension}"


def voice_samples(voice: str) -> str:
    """Where the samples of a voice are."""
    return f"voices/{voice}/samples/"


def voice_profile(voice: str) -> str:
    """Where the profile of a voice is."""
    return f"voices/{voice}/profiles/{voice}.npy"


def owned_input(path: str, user_id: str) -> bool:
    """Whether a path that a user handed in names an object under one of their own prefixes."""
    return _is_plain(path) and path.startswith((upload(user_id, ""), f"generating/{user_id}/"))


def is_result(path: str) -> bool:
    """Whether a path that a user handed in names something that was made, for whomever."""
    return _is_plain(path) and path.startswith(("generating/", *SHARED_FOLDERS))


def _is_plain(path: str) -> bool:
    if len(path.encode("utf-8", "replace")) > MAX_OBJECT_NAME_BYTES:
        return False
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c == "\\" for c in path):
        return False
    return not any(part in {"", ".", ".."} for part in path.split("/"))


def upload(user_id: str, name: str) -> str:
    """The path of an upload."""
    return f"{UPLOADS}{user_id}/{name}"


def is_upload_name(text: str) -> bool:
    """Whether a text can be the name of an upload, as the Storage rules have it."""
    if not 1 <= len(text) <= MAX_UPLOAD_NAME_CHARS or text.startswith("."):
        return False
    return not any(c in "/\\" or unicodedata.category(c).startswith("C") for c in text)


def own_folders(user_id: str) -> tuple[str, ...]:
    """The folders in which everything is one user's."""
    return (f"generating/{user_id}/", upload(user_id, ""), f"{THUMBS}{user_id}/")


SHARED_FOLDERS = ("tts/", "voices/")  # in order of name; the owner stands on each object there
