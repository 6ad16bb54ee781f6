"""The Emulator UI: by itself where it is, fetched where asked for, else a sentence."""

import json
import socket
from pathlib import Path

import pytest

from local.stack.child import ROOT
from local.stack.emulator_ui import CACHE, is_here, wanted

INFO = "node_modules/firebase-tools/lib/emulator/downloadableEmulatorInfo.json"
FIREBASE = "node_modules/firebase-tools/lib/bin/firebase.js"
# In place of `firebase setup:emulators:ui`: unpacks the UI as firebase-tools does, or fails.
FETCHES = """
const fs = require("fs"), path = require("path");
if (process.argv[2] !== "setup:emulators:ui") process.exit(2);
const folder = path.join(process.env.FIREBASE_EMULATORS_PATH, "ui-v9", "server");
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "server.mjs"), "");
"""
FAILS = "process.exit(1);"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a firebase-tools that takes version 9 of the UI."""
    root = tmp_path / "checkout"
    for name, text in (
        (
            INFO,
            json.dumps(
                {"ui": {"main": {"binaryPathRelativeToCacheDir": "ui-v9/server/server.mjs"}}}
            ),
        ),
        (FIREBASE, FAILS),
    ):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {CACHE: str(tmp_path / "downloads"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}


@pytest.fixture
def port() -> int:
    """One that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def downloaded(folder: Path) -> None:
    (folder / "ui-v9" / "server").mkdir(parents=True)
    (folder / "ui-v9" / "server" / "server.mjs").touch()


@pytest.mark.parametrize(("asked", "comes"), [(None, True), (True, True), (False, False)])
def test_it_comes_by_itself_where_it_was_downloaded(
    tmp_path, checkout, environment, port, asked, comes
):
    downloaded(tmp_path / "downloads")
    said: list[str] = []

    assert wanted(checkout, environment, asked=asked, port=port, say=said.append) is comes
    assert said == []


@pytest.mark.parametrize(("asked", "comes"), [(None, False), (True, True)])
def test_who_has_not_asked_for_it_need_not_free_its_port(
    tmp_path, checkout, environment, asked, comes
):
    downloaded(tmp_path / "downloads")
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        # A stack that was asked for one goes on to say who has the port.
        assert wanted(checkout, environment, asked=asked, port=taken, say=pytest.fail) is comes


def test_firebase_tools_own_folder_is_looked_at_too(tmp_path, checkout, environment):
    del environment[CACHE]
    assert not is_here(checkout, environment)

    downloaded(tmp_path / ".cache" / "firebase" / "emulators")

    assert is_here(checkout, environment)


def test_it_is_fetched_only_where_it_is_asked_for(checkout, environment, port):
    (checkout / FIREBASE).write_text(FETCHES)

    assert not wanted(checkout, environment, asked=None, port=port, say=pytest.fail)
    assert wanted(checkout, environment, asked=True, port=port, say=lambda _: None)


def test_where_it_cannot_be_had_one_line_says_so(checkout, environment, port):
    said: list[str] = []

    assert not wanted(checkout, environment, asked=True, port=port, say=said.append)
    assert len([line for line in said if "no Emulator UI" in line]) == 1


def test_the_installed_firebase_tools_says_where_its_ui_is(tmp_path):
    path = json.loads((ROOT / INFO).read_text())["ui"]["main"]["binaryPathRelativeToCacheDir"]
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).touch()

    assert is_here(ROOT, {CACHE: str(tmp_path)})
