"""From source text to tokens, and the one place where characters matter more: paths."""

import re
from dataclasses import dataclass
from typing import Literal

from local.rules.issues import Issue, RulesError
from local.rules.values import INT_MAX

Kind = Literal["name", "string", "bytes", "int", "float", "symbol", "end"]

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?")
_SYMBOL = re.compile(r"&&|\|\||==|!=|<=|>=|[-+*/%<>!?:;,.=(){}\[\]$]")
_SEGMENT = re.compile(r"\(default\)|[\w\-.~%@+]+")
_ESCAPE = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\'\"`?])|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2}))"
)
_PLAIN_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    value: str | bytes | int | float
    start: int
    line: int
    column: int


class Tokenizer:
    """Reads one token at a time, so that the parser can switch to reading a path."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._offset = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", source))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of a character, counted from 1."""
        low, high = 0, len(self._line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._line_starts[middle] <= offset else (low, middle)
        return low + 1, offset - self._line_starts[low] + 1

    def error(self, offset: int, description: str) -> RulesError:
        return RulesError([Issue(*self.position(offset), description)])

    def next(self) -> Token:
        """Read the next token; the last one, again and again, is of kind "end"."""
        start = self._skip_space()
        if start == len(self.source):
            return self._token("end", start, start, "")
        if self.source[start] in "'\"":
            return self._string(start, start)
        if self.source[start] == "b" and self.source[start + 1 : start + 2] in ("'", '"'):
            return self._string(start, start + 1)
        if match := _NAME.match(self.source, start):
            return self._token("name", start, match.end(), match[0])
        if match := _NUMBER.match(self.source, start):
            return self._number(start, match[0])
        if match := _SYMBOL.match(self.source, start):
            return self._token("symbol", start, match.end(), match[0])
        raise self.error(start, f"Unexpected character {self.source[start]!r}.")

    def rewind(self, token: Token) -> None:
        self._offset = token.start

    def take_segment(self) -> tuple[str, int] | None:
        """Read a literal path segment right here, without skipping space."""
        match = _SEGMENT.match(self.source, self._offset)
        if match is None:
            return None
        self._offset = match.end()
        return match[0], match.start()

    def take(self, text: str) -> bool:
        """Read exactly this text right here, without skipping space."""
        if not self.source.startswith(text, self._offset):
            return False
        if text == "/" and self.source[self._offset + 1 : self._offset + 2] in ("/", "*"):
            return False  # a comment
        self._offset += len(text)
        return True

    @property
    def offset(self) -> int:
        return self._offset

    def _skip_space(self) -> int:
        match = _SPACE.match(self.source, self._offset)
        self._offset = match.end() if match else self._offset
        return self._offset

    def _token(self, kind: Kind, start: int, end: int, value: str | bytes | float) -> Token:
        self._offset = end
        return Token(kind, self.source[start:end], value, start, *self.position(start))

    def _number(self, start: int, text: str) -> Token:
        end = start + len(text)
        if text[:2] in ("0x", "0X"):
            value: int | float = int(text, 16)
        elif text.isdigit():
            # the length check keeps Python from refusing (or labouring over) endless digits
            value = int(text) if len(text) < 40 else INT_MAX + 2
        else:
            return self._token("float", start, end, float(text))
        if value > INT_MAX + 1:
            raise self.error(start, "Integer is out of range.")
        return self._token("int", start, end, value)

    def _string(self, start: int, quote_at: int) -> Token:
        quote = self.source[quote_at]
        is_bytes = quote_at > start
        parts: list[bytes] = []
        at = quote_at + 1
        while True:
            character = self.source[at : at + 1]
            if character in ("", "\n"):
                raise self.error(start, "Unterminated string.")
            if character == quote:
                break
            if character != "\\":
                parts.append(character.encode("utf-8", "surrogatepass"))
                at += 1
                continue
            match = _ESCAPE.match(self.source, at)
            if match is None:
                raise self.error(at, f"Invalid escape sequence {self.source[at : at + 2]!r}.")
            parts.append(self._unescape(match, is_bytes=is_bytes))
            at = match.end()
        joined = b"".join(parts)
        if is_bytes:
            return self._token("bytes", start, at + 1, joined)
        return self._token("string", start, at + 1, joined.decode("utf-8", "surrogatepass"))

    def _unescape(self, match: re.Match[str], *, is_bytes: bool) -> bytes:
        if plain := match["plain"]:
            return _PLAIN_ESCAPES.get(plain, plain).encode()
        if octal := match["octal"]:
            code = int(octal, 8)
        else:
            code = int(match["x"] or match["u"] or match["U"], 16)
        if is_bytes and not (match["u"] or match["U"]):
            return bytes([code])
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise self.error(match.start(), "Invalid escape sequence.")
        return chr(code).encode()
