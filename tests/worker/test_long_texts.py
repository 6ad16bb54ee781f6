"""The longest text there may be, through a whole worker in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_50000_characters_are_spoken_in_bounded_memory_with_progress_that_never_falls():
    done = subprocess.run(
        [sys.executable, "-m", "bench.long_text", "wav"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["answer"]["uploaded"] == 1
    assert found["characters"] == 50_000
    assert found["stored_bytes"] > 100_000_000
    assert found["above_mb"] < 200
    assert found["told"] == sorted(found["told"])
    assert found["told"][-1] == 1
    assert len(set(found["told"])) > 3
