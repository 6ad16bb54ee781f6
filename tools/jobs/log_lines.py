"""Log lines as an operator reads them, wherever they were kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ASIDE = frozenset(
    {"event", "severity", "level", "message", "time", "timestamp", "user_id", "media_type"}
    | {"file_uid", "requestId"}
)
MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry; `at` is empty where the line has no time."""

    at: str
    severity: str
    event: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Logs:
    """Lines, the oldest first; and a sentence where that is not all."""

    lines: list[LogLine]
    note: str = ""


def line_of(entry: Mapping[str, Any], *, at: str = "", severity: str = "") -> LogLine:
    """A structured entry; what only machines need of it is left out."""
    fields = {
        name: value
        for name, value in entry.items()
        if name not in _ASIDE and not name.startswith("logging.googleapis.com/")
    }
    return LogLine(
        str(entry.get("time") or at),
        str(severity or entry.get("severity") or entry.get("level") or ""),
        str(entry.get("event", "")),
        _short(entry.get("message", "")),
        {
            name: _short(value) if isinstance(value, str) else value
            for name, value in fields.items()
        },
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 3]}..."
