"""https://firebase.google.com/docs/reference/rules/rules.String. Patterns are RE2."""

from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # google-re2 ships no types

from local.rules.issues import EvaluationError
from local.rules.library.arguments import MAX_SIZE, Builtin, take_string
from local.rules.values import Value


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False  # the Storage runtime must keep stderr silent
    return re2.compile(pattern, options)


def _pattern(value: Value) -> Any:
    pattern = take_string(value)
    try:
        return _compiled(pattern)
    except (re2.error, ValueError) as error:
        raise EvaluationError(f"Invalid regular expression {pattern!r}.") from error


def _size(text: str) -> int:
    return len(text)


def _lower(text: str) -> str:
    return text.lower()


def _upper(text: str) -> str:
    return text.upper()


def _trim(text: str) -> str:
    return text.strip()


def _matches(text: str, pattern: Value) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


def _replace(text: str, pattern: Value, replacement: Value) -> str:
    # the replacement is literal text: a group reference is not documented
    literal = take_string(replacement)
    parts: list[str] = []
    size = end = 0
    for found in _pattern(pattern).finditer(text):
        parts += [text[end : found.start()], literal]
        end = found.end()
        size += len(literal)
        if size > MAX_SIZE:
            raise EvaluationError("Value is too long.")
    return "".join([*parts, text[end:]])


def _split(text: str, pattern: Value) -> list[str]:
    parts: list[str] = []
    end = 0
    for found in _pattern(pattern).finditer(text):
        if found.start() == found.end() and found.start() in (0, len(text)):
            continue  # an empty match at either end separates nothing
        parts.append(text[end : found.start()])
        end = found.end()
    return [*parts, text[end:]]


def _to_utf8(text: str) -> bytes:
    return text.encode()


METHODS = {
    "size": Builtin(_size, 0),
    "lower": Builtin(_lower, 0),
    "upper": Builtin(_upper, 0),
    "trim": Builtin(_trim, 0),
    "matches": Builtin(_matches, 1),
    "replace": Builtin(_replace, 2),
    "split": Builtin(_split, 1),
    "toUtf8": Builtin(_to_utf8, 0),
}
