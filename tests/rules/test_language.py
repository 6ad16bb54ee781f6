"""Rules as apps write them, with @firebase/rules-unit-testing unchanged."""

import os
import pathlib
import subprocess

import pytest

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]
TESTS = pathlib.Path(__file__).parent / "language" / "language.test.mjs"


def test_rules_of_apps_hold_with_the_real_sdks(emulators):
    done = subprocess.run(
        ["node", "--test", str(TESTS)],
        env=os.environ
        | {
            "FIRESTORE_EMULATOR_HOST": emulators.address("firestore"),
            "FIREBASE_STORAGE_EMULATOR_HOST": emulators.address("storage"),
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
