"""The output of the programs as lines for people: named, and without what only debugging needs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# firebase-tools: a symbol, the part that speaks, what it says.
_FIREBASE = re.compile(
    r"^(?P<symbol>[i✔⚠!✖])\s+(?P<part>\w+)(?:\[(?P<of>[^\]]*)\])?:\s*(?P<text>.*)$"
)
_FUNCTION_OUTPUT = re.compile(r"^>\s{1,2}(?P<text>.*)$")
# The local RunPod: which worker, what it says.
_WORKER_OUTPUT = re.compile(r"^\[(?P<name>[\w-]+-\d+)\]\s(?P<text>.*)$")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# What firebase-tools warns of although it is as it should be here.
_EXPECTED = (
    "Unable to fetch the CLI MOTD",
    "It seems that you are running multiple instances of the emulator suite",
    "function ignored because the",
    "The Emulator UI is not starting",
    "Env variable override detected",
    # The emulator asks a new function process whether it lives; callables and tasks refuse GET.
    "WARNING:root:Request has invalid method. GET",
    "ERROR:root:Invalid request, unable to process.",
)
_ALARMS = ("Error", "⚠", "✖", "!")
_INFORMATION = frozenset({"i", "✔"})
_ORDINARY = frozenset({"INFO", "NOTICE"})
_UNSHOWN = frozenset({"DEBUG", "DEFAULT"})
# What an entry says to programs; the message says it to people, and the file keeps all of it.
_FOR_PROGRAMS = frozenset({"event", "time", "function"})
_GOOGLES = "logging.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output: who says it, what, and whether it is of interest without --verbose."""

    name: str
    text: str
    notable: bool
    #: all that it says, where it is an entry of a program's log in JSON
    entry: Mapping[str, Any] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.name:<13} {self.text}"


def read_line(program: str, raw: str) -> Line:
    """One line that `program` wrote, as it is shown."""
    text = _COLOURS.sub("", raw).rstrip()
    expected = any(phrase in text for phrase in _EXPECTED)
    if worker := _WORKER_OUTPUT.match(text):
        return _structured(worker["name"], worker["text"], notable=False)
    if program != "firebase":
        return Line(program, text, notable=bool(text))
    if spoken := _FIREBASE.match(text):
        said = spoken["text"] if not spoken["of"] else f"{spoken['of']}: {spoken['text']}"
        informs = spoken["symbol"] in _INFORMATION
        return Line(spoken["part"], said, notable=not (informs or expected))
    if output := _FUNCTION_OUTPUT.match(text):
        return _structured("functions", output["text"], notable=not expected)
    return Line(program, text, notable=text.startswith(_ALARMS))


def _structured(name: str, text: str, *, notable: bool) -> Line:
    """A line that may be a log entry in JSON; `notable` says whether it is if it is not."""
    try:
        entry = json.loads(text)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return Line(name, text, notable=notable and bool(text))
    whole = {key: value for key, value in entry.items() if not key.startswith(_GOOGLES)}
    severity = str(entry.pop("severity", None) or entry.pop("level", "INFO")).upper()
    message = entry.pop("message", "")
    shown = [message] if severity in _ORDINARY else [severity.lower(), message]
    fields = {
        key: value
        for key, value in entry.items()
        if value is not None and key not in _FOR_PROGRAMS and not key.startswith(_GOOGLES)
    }
    words = [str(word) for word in shown] + [f"{key}={_short(fields[key])}" for key in fields]
    # The workers' SDK talks about itself where it names no request.
    about_nothing = "requestId" in entry and severity in _ORDINARY and not entry["requestId"]
    notable = severity not in _UNSHOWN and not about_nothing
    return Line(name, " ".join(words), notable=notable, entry=whole)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
