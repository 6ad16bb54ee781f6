"""`python test_cloud_local.py` and `test_cloud_storage.py`, as the worker's document prints."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(script, folder, **environment):
    """As somebody types it: nothing set, from the folder alone."""
    return subprocess.run(
        [sys.executable, script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_picture_is_made_here_without_firebase():
    made = run("test_cloud_local.py", ROOT)

    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("OK: one picture of ")


def test_without_firebase_the_other_says_what_it_needs():
    refused = run("test_cloud_storage.py", ROOT / "worker")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Failed: no Firebase is set up here.")
