"""What a user has: one generation, and pages of them."""

import base64
import binascii
import functools
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from firepod.domain import thumbs
from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import Generation, GenerationRef, MediaType, Output, Status
from firepod.kinds import paths
from firepod.ports import Backend, Position
from firepod.settings import MediaUrls
from firepod.usecases.steps.find import find

MAX_CURSOR_CHARS = 400
# An answer has 32 MiB at most, and JSON takes up to 12 bytes for a character.
MAX_PAGE_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some generations, newest first; `next_cursor` is None on the last page."""

    generations: Sequence[Generation]
    next_cursor: str | None


def one(backend: Backend, ref: GenerationRef) -> Generation:
    """One generation of the caller's; where URLs end, with fresh ones.

    Raises:
        NotFound: the caller has no such generation.
    """
    found = find(backend, ref)
    ending = backend.settings.media_urls is MediaUrls.SIGNED
    return _with_fresh_urls(backend, found) if ending and found.generated else found


def _with_fresh_urls(backend: Backend, done: Generation) -> Generation:
    """The same with each URL made anew, wherever it stands; of what is gone it stays."""
    shown = (done.generation_data or {}).get("outputs", ())
    files = [Output(one["path"], one["content_type"]) for one in shown]
    small = thumbs.thumbs(done.ref, files)
    old = [(one["url"], file.path) for one, file in zip(shown, files, strict=True)]
    old += [
        (one["thumb_url"], thumb.path)
        for one, thumb in zip(shown, small, strict=True)
        if thumb is not None and "thumb_url" in one
    ]
    calls = [functools.partial(_fresh_url, backend, *one) for one in old]
    fresh = dict(zip((url for url, _ in old), backend.storage.together(calls), strict=True))
    return replace(done, generation_data=_swapped(done.generation_data, fresh))


def _fresh_url(backend: Backend, url: str, path: str) -> str:
    file = backend.storage.stat(path)
    return url if file is None else backend.storage.url(file)


def _swapped(value: Any, fresh: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {name: _swapped(one, fresh) for name, one in value.items()}
        case list():
            return [_swapped(one, fresh) for one in value]
        case str():
            return fresh.get(value, value)
    return value


def page(
    backend: Backend,
    user_id: str,
    media_types: Sequence[MediaType],
    *,
    limit: int,
    status: Status | None = None,
    cursor: str | None = None,
) -> Page:
    """The next `limit` generations, or fewer where their texts are long.

    Reads at most one more than these of each media type.

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
    shown = _bounded(found[:limit])
    return Page(shown, _cursor(shown[-1]) if len(found) > len(shown) else None)


def _bounded(found: Sequence[Generation]) -> Sequence[Generation]:
    """As many as have MAX_PAGE_CHARS of text together; one at least."""
    chars = accumulate(_chars(one) for one in found)
    return found[: max(1, bisect_right(list(chars), MAX_PAGE_CHARS))]


def _chars(generation: Generation) -> int:
    return sum(len(one) for one in generation.request_data.values() if isinstance(one, str))


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
