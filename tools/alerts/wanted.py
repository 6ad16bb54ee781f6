"""What `operations/` says there should be, as Google's own messages."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = ROOT / "operations"
PAGE = "docs/operation.md"
LABEL = "firepod"  # the user label that tells ours from an operator's own
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """LogMetric, AlertPolicy by its label, and Dashboard."""

    metrics: Mapping[str, Message]
    alerts: Mapping[str, Message]
    dashboard: Message


def read(docs: str = "", folder: Path = OPERATIONS) -> Wanted:
    """Read the files; with `docs`, the URL of docs/operation.md, each alert links to its part."""
    metrics = [_message(file) for file in sorted(folder.glob("metrics/*.json"))]
    alerts = [_message(file) for file in sorted(folder.glob("alerts/*.json"))]
    return Wanted(
        metrics={one["name"]: one for one in metrics},
        alerts={one["userLabels"][LABEL]: _linked(one, docs) for one in alerts},
        dashboard=_message(folder / "dashboard.json"),
    )


def page_on_the_web(root: Path = ROOT) -> str:
    """Where docs/operation.md of this checkout can be read, if it came from GitHub; else ""."""
    try:
        asked = ["git", "-C", str(root), "remote", "get-url", "origin"]
        remote = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return ""
    found = re.fullmatch(
        r"(?:https://|(?:ssh://)?git@)github\.com[:/](.+?)(?:\.git)?", remote.strip()
    )
    return f"https://github.com/{found[1]}/blob/main/{PAGE}" if found else ""


def project_of(name: str) -> str:
    """A project's id, by itself or by its alias in .firebaserc (`firebase use --add`)."""
    aliases = json.loads((ROOT / ".firebaserc").read_text("utf-8")).get("projects", {})
    return str(aliases.get(name, name))


def _message(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8")))


def _linked(alert: dict[str, Any], docs: str) -> dict[str, Any]:
    if not docs:
        return alert
    link = {"displayName": "What to do", "url": f"{docs}#{alert['userLabels'][LABEL]}"}
    return alert | {"documentation": alert["documentation"] | {"links": [link]}}
