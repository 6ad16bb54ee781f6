"""An operator's machine: a checkout, the programs on its path, a sign-in, and a served project."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.google_project import (
    ENDPOINT,
    PROJECT,
    RUNPOD_KEY,
    TOKEN,
    WEBHOOK_KEYS,
    GoogleProject,
    served,
)
from tools.doctor.__main__ import main
from tools.doctor.account import Account
from tools.doctor.web import Web

ROOT = Path(__file__).resolve().parents[3]
FILES = (
    *("package.json", ".firebaserc", "firestore.indexes.json", "storage.cors.json"),
    *("functions/.env", "functions/main.py"),
)
SECRETS = (TOKEN, RUNPOD_KEY, WEBHOOK_KEYS.partition(":")[2])
DECIDED = {
    "RUNPOD_IMAGE_ENDPOINT_ID": ENDPOINT,
    "MAX_DAILY_TOTAL": "2000",
    "RETENTION_DAYS": "90",
    "CORS_ORIGINS": "https://app.example",
    "ENFORCE_APP_CHECK": "true",
}


@dataclass
class Operator:
    """Who runs the doctor; `code`, `said` and `told` are of the last run."""

    google: GoogleProject
    root: Path
    bin: Path
    capsys: pytest.CaptureFixture
    account: Account | None = field(default_factory=lambda: Account("me@example.com", TOKEN))
    code: int = 0
    told: dict = field(default_factory=dict)

    def run(self, *arguments, project=PROJECT, seconds=8.0):
        """The doctor's JSON, by name of the check."""
        given = ["--project", project] if project else []
        web = Web(self.google.url, (3.05, seconds))
        self.capsys.readouterr()
        self.code = main([*given, "--json", *arguments], lambda _: self.account, self.root, web)
        self.told = json.loads(self._output())
        return {one["name"]: one for one in self.told["checks"]}

    def words(self, *arguments):
        """The same as a person reads it."""
        given = ["--project", PROJECT, *arguments]
        self.code = main(given, lambda _: self.account, self.root, Web(self.google.url))
        return self._output()

    def _output(self):
        """What was printed, in which nothing secret ever is."""
        printed = self.capsys.readouterr()
        text = printed.out + printed.err
        assert [one for one in SECRETS if one in text] == []
        return text

    def parameter(self, name, value):
        with (self.root / f"functions/.env.{PROJECT}").open("a") as file:
            file.write(f"{name}={value}\n")

    def program(self, name, version):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\necho {version}\n")
        path.chmod(0o755)


@pytest.fixture(scope="module")
def google():
    with served() as project:
        yield project


@pytest.fixture
def operator(google, tmp_path, monkeypatch, capsys):
    fresh = GoogleProject()
    google.said, google.asked, google.off_on_account = fresh.said, [], set()
    google.changes = fresh.changes
    root = tmp_path / "checkout"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    installed = root / "node_modules/firebase-tools/package.json"
    installed.parent.mkdir(parents=True)
    locked = json.loads((ROOT / "package.json").read_text())["devDependencies"]["firebase-tools"]
    installed.write_text(json.dumps({"version": locked}))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    one = Operator(google, root, tmp_path / "bin", capsys)
    for name, version in {"node": "v22.1.0", "npm": "11.0.0", "make": "4.3", "git": "2.39"}.items():
        one.program(name, version)
    one.program("gcloud", "500.0.0")
    for name, value in DECIDED.items():
        one.parameter(name, value)
    return one
