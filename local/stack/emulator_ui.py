"""The Emulator UI, which firebase-tools downloads: whether it is here, or can be had."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from local.stack.ports import is_free

CACHE = "FIREBASE_EMULATORS_PATH"
"""The variable in which firebase-tools is told of another folder for its downloads."""
SHOWN = frozenset({"auth", "firestore", "functions", "storage"})
"""What it has pages for, of what a stack can have; without any it does not start."""
_FETCH_SECONDS = 60.0


def is_here(root: Path, environment: Mapping[str, str]) -> bool:
    """Whether the version that the installed firebase-tools takes has been downloaded."""
    info = root / "node_modules/firebase-tools/lib/emulator/downloadableEmulatorInfo.json"
    try:
        program: str = json.loads(info.read_text("utf-8"))["ui"]["main"][
            "binaryPathRelativeToCacheDir"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    default = Path(environment.get("HOME") or Path.home()) / ".cache" / "firebase" / "emulators"
    return (Path(environment.get(CACHE) or default) / program).exists()


def wanted(
    root: Path,
    environment: Mapping[str, str],
    *,
    asked: bool | None,
    port: int,
    say: Callable[[str], None],
) -> bool:
    """Whether a stack gets the UI: by itself where it is here, fetched where it was asked for.

    One that cannot be had is told in a line, and everything else starts. Nobody who has not asked
    for it has to free its port.
    """
    if asked is False:
        return False
    if is_here(root, environment):
        return asked is True or is_free(port)
    if not asked:
        return False
    say("fetching the Emulator UI")
    if _fetched(root, environment) and is_here(root, environment):
        return True
    say("no Emulator UI: it is a download, and this machine does not reach it; the rest starts")
    return False


def _fetched(root: Path, environment: Mapping[str, str]) -> bool:
    program = root / "node_modules" / "firebase-tools" / "lib" / "bin" / "firebase.js"
    command = [shutil.which("node") or "node", str(program), "setup:emulators:ui"]
    with tempfile.TemporaryDirectory() as private:
        quiet = {"CI": "true", "NO_UPDATE_NOTIFIER": "1", "XDG_CONFIG_HOME": private}
        try:
            ran = subprocess.run(
                [*command, "--non-interactive"],
                cwd=private,
                env={**environment, **quiet},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_FETCH_SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError):
            return False
    return ran.returncode == os.EX_OK
