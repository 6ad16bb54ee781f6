"""The log lines of a generation that the programs of a stack on this machine have written."""

import json
from collections import deque
from pathlib import Path

from tools.jobs.log_lines import LogLine, Logs, line_of

MOST_LINES = 200
FILES = ("firebase.log", "runpod.log")


def read(folder: Path, file_uid: str) -> Logs:
    """The newest lines that name it, in the order in which each program wrote them."""
    found: deque[LogLine] = deque(maxlen=MOST_LINES)
    there = [folder / name for name in FILES if (folder / name).is_file()]
    if not there:
        return Logs(
            [], f"There are no logs in {folder.name}: no stack of this offset has run here."
        )
    wanted, count = file_uid.encode(), 0
    for path in there:
        with path.open("rb") as file:
            for raw in file:
                if wanted in raw and (line := _parsed(raw.decode("utf-8", "replace"), file_uid)):
                    found.append(line)
                    count += 1
    lines = sorted(found, key=lambda line: line.at)
    return Logs(lines, f"The newest {MOST_LINES} of {count} lines." if count > MOST_LINES else "")


def _parsed(text: str, file_uid: str) -> LogLine | None:
    """The entry in a line; None if it is no entry, or not of this generation."""
    _, brace, rest = text.partition("{")
    try:
        entry = json.loads(brace + rest)
    except ValueError:
        return None
    if not isinstance(entry, dict) or file_uid not in {entry.get("file_uid"), *entry.values()}:
        return None
    return line_of(entry)
