"""What a worker tells of the files that it made: how large, how long, how they look at a glance.

Nobody believes it further than that: each number is in its range, or it is not there. Names, sizes
in bytes, types and URLs of files are never taken from a worker.
"""

import math
import re
from dataclasses import asdict, dataclass
from typing import Any

MAX_FILES = 64
MAX_PIXELS = 16384  # of a side; WebP's bound, and far above every task's
MAX_SECONDS = 24 * 3600
MAX_THUMBHASH_CHARS = 40

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_OF_MEDIA = {
    "image": ("width", "height", "thumbhash"),
    "video": ("width", "height", "duration_seconds", "thumbhash"),
    "audio": ("duration_seconds",),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one file; None is what nobody knows."""

    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    thumbhash: str | None = None  #: base64; https://evanw.github.io/thumbhash/

    def known(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, others: "Facts") -> "Facts":
        """These, and what only others know."""
        return Facts(**{**others.known(), **self.known()})

    def fitting(self, content_type: str) -> "Facts":
        """Those that a file of this type can have."""
        names = _OF_MEDIA.get(content_type.partition("/")[0], ())
        return Facts(**{name: value for name, value in self.known().items() if name in names})


NOTHING = Facts()


def read(output: Any) -> tuple[Facts, ...]:
    """The facts in a worker's answer, in the order of its files; whatever else there is, none."""
    told = output.get("outputs") if isinstance(output, dict) else None
    if not isinstance(told, list) or len(told) > MAX_FILES:
        return ()
    return tuple(_facts(one) if isinstance(one, dict) else Facts() for one in told)


def _facts(told: dict[str, Any]) -> Facts:
    return Facts(
        side(told.get("width")),
        side(told.get("height")),
        seconds(told.get("duration_seconds")),
        _thumbhash(told.get("thumbhash")),
    )


def side(value: Any) -> int | None:
    """The width or height of a picture, in pixels."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= MAX_PIXELS else None


def seconds(value: Any) -> float | None:
    """A length in seconds, to the millisecond."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # Compared as it came: a whole number may be too large to be a float.
    if not number or not 0 < value <= MAX_SECONDS or not math.isfinite(value):
        return None
    return round(float(value), 3) or None


def _thumbhash(value: Any) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_THUMBHASH_CHARS:
        return None
    return value if _BASE64.fullmatch(value) else None
