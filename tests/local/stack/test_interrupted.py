"""Ctrl-C while a program still loads: it ends, and says nothing of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.child import ROOT

JAVA = str(ROOT / "local" / "java" / "java")
PYTHON = sys.executable
# Interrupts the program as soon as it imports a module of its own after its first ones.
INTERRUPT = """
import os, signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name in {"local.stack.program", "local.runpod.program", "local.rules.ruleset",
                    "local.firestore.flags"}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupts())
"""


@pytest.mark.parametrize(
    "command",
    [
        (PYTHON, "-m", "local.stack"),
        (PYTHON, "-m", "local.runpod"),
        (JAVA, "-jar", "firestore-stand-in.jar", "--port", "1"),
        (JAVA, "-jar", "storage-rules-stand-in.jar", "serve"),
    ],
    ids=["stack", "runpod", "firestore", "storage rules"],
)
def test_a_program_that_is_stopped_while_it_loads_says_nothing(tmp_path: Path, command):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "FIREPOD_PYTHON": PYTHON}
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, timeout=30, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, b"", b"")
