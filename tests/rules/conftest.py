"""The Firestore, Storage and Auth emulators of firebase-tools, with our rules, on free ports."""

import json
import pathlib
import subprocess

import pytest

from tests.fakes.emulators import ROOT, running_emulators

PROJECT = "demo-rules-test"


@pytest.fixture(scope="session")
def emulators(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulators")
    with running_emulators(folder, PROJECT, ["firestore", "storage", "auth"]) as running:
        yield running


@pytest.fixture(scope="session")
def table_results(emulators):
    """What the real SDKs got for every row of the table."""
    done = subprocess.run(
        [
            "node",
            str(pathlib.Path(__file__).with_name("run_table.mjs")),
            emulators.address("firestore"),
            emulators.address("storage"),
            PROJECT,
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:] + emulators.log.read_text()[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
