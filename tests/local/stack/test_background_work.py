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


@pytest.mark.parametrize(
    ("function", "niceness"),
    [("reconcile", 10), ("sweep", 10), ("generate", 0), ("dispatch", 0), ("runpodwebhook", 0)],
)
def test_only_those_of_the_repair_are_out_of_the_way(function, niceness):
    own = os.nice(0)
    environment = {**os.environ, "NODE_OPTIONS": node_options(ROOT, "background_work.cjs")}
    spawn = str(ROOT / "node_modules/cross-spawn")
    ended = subprocess.run(
        ["node", "-e", STARTING, spawn, function],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(ended.stdout) == max(own, niceness)
