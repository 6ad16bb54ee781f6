"""Runs the lines that the documents print, within the programs of this folder or by curl."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from local.stack.child import ROOT, RunningStack

HERE = Path(__file__).parent


def printed(name: str, **fills: str) -> str:
    """Lines as a document prints them, with host, port, token and ids in place of `{{...}}`."""
    return _filled((HERE / "printed" / name).read_text(), fills)


def run_node(stack: RunningStack, folder: Path, program: str, **fills: str) -> Any:
    """Run a program of this folder; returns what it tells."""
    known = {"RUNPOD": stack.urls["runpod"], **fills}
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for name in ("app.mjs", program):
        (folder / name).write_text(_filled((HERE / name).read_text(), known))
    names = ("project", "host", "urls", "runpod_api_key")
    ran = subprocess.run(
        ["node", program],
        cwd=folder,
        env=os.environ | {"STACK": json.dumps({name: getattr(stack, name) for name in names})},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def curl(url: str, key: str, *arguments: str) -> Any:
    """What curl gets as JSON."""
    command = ["curl", "-sS", "--fail-with-body", url, "-H", f"Authorization: Bearer {key}"]
    ran = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def calls(name: str, **fills: str) -> list[tuple[str, str]]:
    """Method and path of each call that a document prints."""
    lines = printed(name, **fills).splitlines()
    return [(m, p) for m, _, p in (line.partition(" ") for line in lines) if m.isupper()]


def _filled(text: str, fills: dict[str, str]) -> str:
    for name, value in fills.items():
        text = text.replace("{{" + name + "}}", value)
    text = re.sub(r"// \{\{printed (\S+)\}\}", lambda match: printed(match[1], **fills), text)
    assert "{{" not in text, f"to be filled: {re.findall(r'{{[^}]*}}', text)}"
    return text
