"""An object of Storage as a value, and what we write beside its bytes."""

import uuid
from typing import TYPE_CHECKING, Any

from firepod.domain.generation import ListedFile, Output, StoredFile
from firepod.kinds import file_names
from firepod.kinds.paths import UPLOADS
from firepod.settings import MediaUrls

if TYPE_CHECKING:
    from google.cloud.storage import Blob

# Where Firebase's clients find the token of a download URL.
TOKEN_KEY = "firebaseStorageDownloadTokens"  # noqa: S105 (a name)
YEAR_SECONDS = 31_536_000  # an object's bytes never change: what is there is never replaced


def label(blob: "Blob", owner: str, attempt: int, kept: dict[str, str]) -> None:
    """What is said of an object that we make; `kept` are its headers."""
    blob.metadata = {"owner": owner, "attempt": str(attempt), TOKEN_KEY: str(uuid.uuid4())}
    if kept:
        blob.cache_control = kept["Cache-Control"]
        blob.content_disposition = kept["Content-Disposition"]


def headers(output: Output, media_urls: MediaUrls) -> dict[str, str]:
    """How long browsers keep a result, and under which name; nothing of what users hand in."""
    if output.path.startswith(UPLOADS):
        return {}
    whose = "public" if media_urls is MediaUrls.PUBLIC else "private"
    return {
        "Cache-Control": f"{whose}, max-age={YEAR_SECONDS}, immutable",
        "Content-Disposition": file_names.disposition(output),
    }


def stored(blob: "Blob") -> StoredFile:
    metadata: dict[str, Any] = blob.metadata or {}
    return StoredFile(
        blob.name,
        blob.content_type or "",
        blob.size or 0,
        # Clients may add further tokens, comma-separated; any one of them opens the object.
        metadata.get(TOKEN_KEY, "").partition(",")[0],
        metadata.get("owner", ""),
        attempt_of(metadata),
        blob.content_encoding or "",
    )


def published(blob: "Blob", size: int) -> StoredFile:
    """What was just uploaded; `size` is used where Storage has not said it."""
    metadata: dict[str, Any] = blob.metadata or {}
    return StoredFile(
        blob.name,
        blob.content_type or "",
        blob.size or size,
        metadata.get(TOKEN_KEY, ""),
        metadata.get("owner", ""),
        attempt_of(metadata),
    )


def rewrite(blob: "Blob", source: "Blob", *, emulator: bool = False, **bounds: Any) -> None:
    """Fill an object with the bytes of another one, which never leave Storage."""
    if emulator:  # it answers 501 to a rewrite by Google's library
        data = source.download_as_bytes(raw_download=True)
        blob.upload_from_string(data, content_type=blob.content_type, **bounds)
        return
    token = None
    while True:
        token, _, _ = blob.rewrite(source, token=token, **bounds)
        if token is None:
            return


def listed(blob: "Blob") -> ListedFile:
    metadata: dict[str, Any] = blob.metadata or {}
    return ListedFile(
        blob.name,
        blob.content_type or "",
        blob.size or 0,
        metadata.get("owner", ""),
        blob.time_created,
        blob.generation,
    )


def attempt_of(metadata: dict[str, Any]) -> int:
    value = metadata.get("attempt", "")
    return int(value) if value.isdecimal() else 0
