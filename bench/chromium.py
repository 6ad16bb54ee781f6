"""The tests' Chromium for a benchmark, with the font that comes with it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import ROOT

_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@contextmanager
def running_chromium(folder: Path) -> Iterator[Browser]:
    """A browser without a window; `folder` is for what it unpacks."""
    folder.mkdir(parents=True, exist_ok=True)
    path, environment = _found(folder)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=_FLAGS, env={**os.environ, **environment}
        )
        yield launched
        launched.close()


def _found(folder: Path) -> tuple[str, dict[str, str]]:
    """The program and the environment that it needs."""
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if installed:
        return installed, {}
    unpacked = subprocess.run(
        ["node", ROOT / "tests/browser/chromium.mjs"],
        env=os.environ | {"TMPDIR": str(folder)},
        check=True,
        capture_output=True,
    )
    found = json.loads(unpacked.stdout)
    fonts = found["environment"].get("FONTCONFIG_PATH")
    configuration = folder / "fonts.conf"
    configuration.write_text(_FONTS.format(fonts=fonts, cache=folder / "cache"), "utf-8")
    return found["path"], {**found["environment"], "FONTCONFIG_FILE": str(configuration)}
