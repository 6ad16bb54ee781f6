"""Searches logs and documents for what must not be in them.

The logs are all that the stack's programs write: functions, workers, the local RunPod, the
emulators and their stand-ins.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

_PATTERNS = {
    "traceback": re.compile(r"Traceback \(most recent call last\)"),
    "callback token": re.compile(r"\b[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{60,}\.[A-Za-z0-9_-]{43}\b"),
    "ID token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ"),
    "prompt": re.compile(r"\bquokka-\d+-"),
}
_SHOWN = 160
_FRAMES = 30  # lines of a traceback that are shown


def leaks_in_logs(folder: Path, secrets: Collection[str]) -> list[str]:
    """Each line of a log that holds something secret, without the secret."""
    found = []
    for log in sorted(folder.rglob("*.log")):
        text = log.read_text("utf-8", "replace")
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            for what, secret in _in(line, secrets, _PATTERNS):
                told = f"{log.name}:{number}: {what}: {_around(line, secret)}"
                # Whose a traceback is stands before it, and why it came after it.
                near = lines[max(0, number - 2) : number + _FRAMES] if what == "traceback" else ()
                found.append("\n      ".join((told, *(_masked(one, secrets) for one in near))))
    return found


def leaks_in_documents(
    documents: Mapping[str, Mapping[str, Any]], secrets: Iterable[str]
) -> list[str]:
    """Each document that holds something secret; its owner's prompt may stand in a generation."""
    found = []
    for path, document in documents.items():
        text = json.dumps(document, default=str)
        own = path.startswith("generations/")
        patterns = {n: p for n, p in _PATTERNS.items() if not (own and n == "prompt")}
        found += [f"{path}: {what}" for what, _ in _in(text, secrets, patterns)]
        if own and _has_another_prompt(document):
            found.append(f"{path}: another prompt")
    return found


def _in(
    text: str, secrets: Iterable[str], patterns: Mapping[str, re.Pattern[str]]
) -> Iterable[tuple[str, str]]:
    for secret in secrets:
        if secret in text:
            yield "secret", secret
    for what, pattern in patterns.items():
        if match := pattern.search(text):
            yield what, match.group()


def _has_another_prompt(document: Mapping[str, Any]) -> bool:
    markers = re.findall(r"quokka-\d+-\d+-[0-9a-f]+", json.dumps(document, default=str))
    return len(set(markers)) > 1


def _masked(line: str, secrets: Iterable[str]) -> str:
    for what, secret in _in(line, secrets, _PATTERNS):
        if what != "traceback":
            line = line.replace(secret, "***")
    return line[:_SHOWN]


def _around(line: str, secret: str) -> str:
    return line.replace(secret, "***")[:_SHOWN]
