"""Cuts text into pieces that are spoken one by one."""

import re
import unicodedata

_LONGEST = 280
# written with the marks of Arabic, Urdu, Hindi and East Asian text among them
_END = re.compile("(?<=[.!?\u2026\u061f\u06d4\u0964])\\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_JOINERS = "\u200c\u200d"
"""Invisible, but kept: Persian words and emoji made of several are spelled with them."""
_COMMAS = ",;:\u060c\u3001\uff0c"


def speakable(text: str) -> str:
    """Drop what has no sound and only confuses a speaker: control and direction marks."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join("".join(map(_sounding, line)) for line in lines)


def _sounding(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf":
        return sign if sign in _JOINERS else ""
    return " " if category in {"Cc", "Cs", "Co", "Cn"} else sign


def sentences(text: str) -> list[str]:
    """Split text at the ends of its sentences, and very long ones at a comma or a space."""
    pieces = []
    for sentence in _END.split(text):
        rest = sentence.strip()
        while len(rest) > _LONGEST:
            window = rest[:_LONGEST]
            at = max(window.rfind(sign) for sign in _COMMAS)
            cut = at + 1 if at > _LONGEST // 3 else window.rfind(" ")
            cut = cut if cut > 0 else _LONGEST
            pieces.append(rest[:cut].strip())
            rest = rest[cut:].strip()
        if rest:
            pieces.append(rest)
    return pieces
