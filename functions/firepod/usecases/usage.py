"""What a user's files take in Storage."""

from collections.abc import Sequence

from firepod.domain.generation import MediaType
from firepod.kinds import paths
from firepod.ports import Backend, Usage

MAX_COUNTED = 10_000  # ten calls of Storage


def of_generations(
    backend: Backend, user_id: str, media_types: Sequence[MediaType]
) -> dict[MediaType, Usage]:
    """What the files of a user's completed generations take, by media type."""
    return {media_type: backend.store.usage(user_id, media_type) for media_type in media_types}


def of_uploads(backend: Backend, user_id: str) -> Usage:
    """What a user's uploads take; counts 10,000 of them at most."""
    found = backend.storage.listing(paths.upload(user_id, ""), limit=MAX_COUNTED)
    return Usage(sum(file.size_bytes for file in found), len(found))


def everything(backend: Backend, user_id: str) -> tuple[dict[MediaType, Usage], Usage]:
    """What all of a user's files take: by media type, and what was handed in."""
    by_type = of_generations(backend, user_id, tuple(MediaType))
    return by_type, of_uploads(backend, user_id)
