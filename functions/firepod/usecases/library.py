"""What a user has: one generation, and pages of them."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import Generation, GenerationRef, MediaType, Status
from firepod.kinds import paths
from firepod.ports import Backend, Position
from firepod.usecases.steps.find import find

MAX_CURSOR_CHARS = 400


@dataclass(frozen=True, slots=True)
class Page:
    """Some generations, newest first; `next_cursor` is None on the last page."""

    generations: Sequence[Generation]
    next_cursor: str | None


def one(backend: Backend, ref: GenerationRef) -> Generation:
    """One generation of the caller's.

    Raises:
        NotFound: the caller has no such generation.
    """
    return find(backend, ref)


def page(
    backend: Backend,
    user_id: str,
    media_types: Sequence[MediaType],
    *,
    limit: int,
    status: Status | None = None,
    cursor: str | None = None,
) -> Page:
    """The next `limit` generations; reads at most one more than these of each media type.

    Raises:
        InvalidArgument: the cursor is not one of ours.
    """
    older_than = None if cursor is None else _position(cursor)
    found = [
        generation
        for media_type in media_types
        for generation in backend.store.newest(
            user_id, media_type, limit=limit + 1, status=status, older_than=older_than
        )
    ]
    # Names are unique over all media types, so this is the order within each of them, too.
    found.sort(key=_order, reverse=True)
    shown = found[:limit]
    return Page(shown, _cursor(shown[-1]) if len(found) > limit else None)


def _order(generation: Generation) -> tuple[datetime, str]:
    return (generation.created_at or datetime.min.replace(tzinfo=UTC), generation.file_uid)


def _cursor(last: Generation) -> str:
    created_at, file_uid = _order(last)
    text = json.dumps([created_at.astimezone(UTC).isoformat(), file_uid])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    problem = InvalidArgument.of("cursor", "is not a next_cursor of an earlier answer")
    if len(cursor) > MAX_CURSOR_CHARS:
        raise problem
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        moment, file_uid = json.loads(data)
        created_at = datetime.fromisoformat(moment).astimezone(UTC)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise problem from None
    if not isinstance(file_uid, str) or not paths.is_file_uid(file_uid):
        raise problem
    return Position(created_at, file_uid)
