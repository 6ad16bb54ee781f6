"""Cuts a text of any length and language into sentences that are spoken one by one. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 280
"""Characters; a sentence that has more is cut."""

_PARAGRAPH_PAUSE, _PAUSE, _COMMA_PAUSE, _WORD_PAUSE = 0.6, 0.3, 0.12, 0.04
_END = ".!?\u2026\u037e\u061f\u06d4\u0964\u0965\u0589\u1362\u104b\u17d4"
"""Ends a sentence where a space follows, in Greek, Arabic, Indic and other scripts, too."""
_WIDE_END = "\u3002\uff01\uff1f\uff61"
"""Those of East Asian scripts, which no space follows."""
_CLOSE = "\"'\\])\u2019\u201d\u00bb\u300d\u300f\uff09\u3011"
_STOP = re.compile(rf"[{_END}][{_CLOSE}]?\s|[{_WIDE_END}]")
_COMMA = re.compile("[,;:\u060c\u061b]\\s|[\u3001\uff0c\uff1b\uff1a\u2014]")
_WORD = re.compile(r"\s")
_READ_AS_WORDS = 4
"""As so many characters count figures, signs, emoji, and what is written without an alphabet."""
_BREAK = re.compile(
    # How far back is looked is fixed, so no text makes this slow.
    rf"(?:(?<=[{_END}])|(?<=[{_END}][{_CLOSE}])|(?<=[{_END}][{_CLOSE}][{_CLOSE}]))\s+"
    rf"|(?<=[{_WIDE_END}])(?![{_WIDE_END}{_CLOSE}])\s*"
    rf"|(?<=[{_WIDE_END}][{_CLOSE}])(?![{_CLOSE}])\s*"
    r"|\n\s*"
)
_SHORTENED = frozenset(
    # Words that end in a full stop in the middle of a sentence, before a capital or a figure.
    (
        *("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "gen", "col", "capt", "lt"),
        *("sgt", "vs", "no", "nos", "fig", "vol", "pp", "approx", "nr", "bzw", "usw", "ca", "vgl"),
        *("hr", "fr", "frl", "str", "abs", "art", "mme", "mlle", "mm", "sra", "dra", "srta"),
    )
)
_JOINERS = "\u200c\u200d"
"""Invisible, but kept: Persian words and emoji made of several are spelled with them."""


@dataclass(frozen=True)
class Sentence:
    """A piece of text that is spoken at once."""

    text: str
    pause: float
    """Seconds of silence after it, at the usual pace."""


def speakable(text: str) -> str:
    """Drop what has no sound and only confuses a speaker: control and direction marks."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join("".join(map(_sounding, line)) for line in lines)


def _sounding(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf":
        return sign if sign in _JOINERS else ""
    return " " if category in {"Cc", "Cs", "Co", "Cn"} else sign


def sentences(text: str, longest: int = LONGEST) -> Iterator[Sentence]:
    """Split text at the ends of its sentences, and very long ones where it hurts least."""
    start = 0
    for found in _BREAK.finditer(text):
        if found.end() == len(text) or _ends(text, found):
            pause = _PARAGRAPH_PAUSE if found[0].count("\n") > 1 else _PAUSE
            yield from _cut(text[start : found.start()], longest, pause)
            start = found.end()
    yield from _cut(text[start:], longest, _PAUSE)


def _ends(text: str, found: re.Match[str]) -> bool:
    """Whether a sentence ends here; else it is a short form, or a line that goes on."""
    last = text[found.start() - 1 : found.start()]
    if found[0].count("\n") > 1 or last in _WIDE_END:
        return True
    if text[found.end()].islower():
        return False
    if last != "." or "\n" in found[0]:
        return True
    word = re.split(r"\W", text[max(0, found.start() - 12) : found.start() - 1])[-1]
    initial = len(word) == 1 and word.isalpha()
    ordinal = len(word) <= 2 and word.isdecimal()
    return not (initial or ordinal or word.lower() in _SHORTENED)


def _cut(text: str, longest: int, pause: float) -> Iterator[Sentence]:
    rest = " ".join(text.split())
    while (fitting := _fitting(rest, longest)) < len(rest):
        at, short = _least_harm(rest, fitting)
        yield Sentence(rest[:at].rstrip(), short)
        rest = rest[at:].lstrip()
    if rest:
        yield Sentence(rest, pause)


def _fitting(text: str, longest: int) -> int:
    """How many characters are spoken at once, at most."""
    weight = 0
    for index, sign in enumerate(text):
        weight += _READ_AS_WORDS if _is_read_as_words(sign) else 1
        if weight > longest:
            return max(1, index)
    return len(text)


def _is_read_as_words(sign: str) -> bool:
    if unicodedata.category(sign) in {"Nd", "No", "Sc", "So"}:
        return True
    return unicodedata.east_asian_width(sign) in {"W", "F"}


def _least_harm(text: str, fitting: int) -> tuple[int, float]:
    """Where to cut, and how long to pause there: after a stop, a comma, a word, else anywhere."""
    ways = (
        (_STOP, _PAUSE, fitting // 3),
        (_COMMA, _COMMA_PAUSE, fitting // 3),
        (_WORD, _WORD_PAUSE, 0),
    )
    for signs, pause, early in ways:
        ends = [found.end() for found in signs.finditer(text, 0, fitting)]
        if ends and ends[-1] > early:
            return ends[-1], pause
    at = fitting
    while at > 1 and _belong_together(text[at - 1], text[at]):
        at -= 1
    return (at if at > 1 else fitting), 0.0


def _belong_together(before: str, after: str) -> bool:
    return before in _JOINERS or after in _JOINERS or unicodedata.category(after) in {"Mn", "Mc"}
