"""Matching paths against the patterns of match statements."""

from enum import Enum, auto

from local.rules.partial import Unbound
from local.rules.syntax import Wildcard
from local.rules.values import Path, Value


class Unknown(Enum):
    """Parts of the paths of documents that a query may return."""

    SEGMENT = auto()
    """One segment with any text."""
    ANY_DEPTH = auto()
    """Any number of segments: where a collection group's parents would be."""


Segment = str | Unknown
Pattern = tuple[str | Wildcard, ...]


def match_pattern(pattern: Pattern, path: tuple[Segment, ...], version: int) -> list[Value] | None:
    """Return what the wildcards capture, in order, or None if the pattern does not match.

    A path with unknown parts matches only if every path that it stands for does. A recursive
    wildcard takes one or more segments in version 1, zero or more in version 2
    (https://firebase.google.com/docs/firestore/security/rules-structure#recursive_wildcards).
    """
    recursive = next(
        (at for at, part in enumerate(pattern) if isinstance(part, Wildcard) and part.recursive),
        None,
    )
    if recursive is None:
        return _match_each(pattern, path)
    after = len(pattern) - recursive - 1
    end = len(path) - after
    if end < recursive:
        return None
    middle = path[recursive:end]
    if version == 1 and (not middle or Unknown.ANY_DEPTH in middle):
        return None
    before = _match_each(pattern[:recursive], path[:recursive])
    rest = _match_each(pattern[recursive + 1 :], path[end:])
    if before is None or rest is None:
        return None
    return [*before, _captured(middle), *rest]


def _match_each(pattern: Pattern, path: tuple[Segment, ...]) -> list[Value] | None:
    if len(pattern) != len(path):
        return None
    captures: list[Value] = []
    for part, segment in zip(pattern, path, strict=True):
        if isinstance(part, str):
            if part != segment:
                return None
        elif segment is Unknown.ANY_DEPTH or not segment:
            return None
        else:
            captures.append(segment if isinstance(segment, str) else Unbound())
    return captures


def _captured(segments: tuple[Segment, ...]) -> Value:
    texts = tuple(segment for segment in segments if isinstance(segment, str))
    return Path(texts) if len(texts) == len(segments) else Unbound()
