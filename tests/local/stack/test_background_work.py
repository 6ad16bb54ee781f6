"""The processes of functions that nobody waits for leave the machine to the others."""

import os
import subprocess

import pytest

from local.stack.child import ROOT
from local.stack.programs import node_options

# Starts a function's process by a shell, as firebase-tools does for Python's.
STARTING = """
const { spawn } = require(process.argv[1]);
const env = { ...process.env, NODE_OPTIONS: "", FUNCTION_TARGET: process.argv[2] };
const child = spawn("sleep 0.3; nice", [], { shell: true, env, stdio: "pipe" });
child.stdout.pipe(process.stdout);
"""


@pytest.mark.parametrize("function", ["reconcile", "sweep"])
@pytest.mark.parametrize("more", [0, 12])
def test_those_of_the_repair_are_out_of_the_way(function, more):
    assert niceness_of(function, more) == max(os.nice(0) + more, 10)


@pytest.mark.parametrize("function", ["generate", "dispatch", "runpodwebhook", "api"])
def test_those_that_somebody_waits_for_are_not(function):
    assert niceness_of(function) == os.nice(0)


def niceness_of(function: str, more: int = 0) -> int:
    """Of a process of that function, where firebase-tools itself runs with so much more."""
    environment = {**os.environ, "NODE_OPTIONS": node_options(ROOT, "background_work.cjs")}
    del environment["FIREPOD_BACKGROUND_NICENESS"]
    spawn = str(ROOT / "node_modules/cross-spawn")
    ended = subprocess.run(
        ["nice", "-n", str(more), "node", "-e", STARTING, spawn, function],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(ended.stdout)
