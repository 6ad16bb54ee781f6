"""A small run with every fault at once, as `make chaos` does it with a thousand generations."""

import os
import subprocess
import sys

import pytest

from local.stack.child import ROOT


@pytest.mark.e2e
@pytest.mark.timeout(420)
def test_nothing_is_lost_when_everything_goes_wrong_at_once():
    run = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--n", "40", "--seed", "5"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("functions", "."))},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 violations" in run.stdout
