"""`python -m tools.doctor` as a program: its words, its codes, and who is signed in."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.google_project import (
    AUTH,
    FIREBASE,
    FIRESTORE,
    PROJECT,
    SECRETS,
    STORAGE,
    TOKEN,
    secret_value,
)
from tools.doctor.__main__ import main
from tools.doctor.account import firebase_login
from tools.doctor.order import CHECKS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """A shell in which nobody has ever signed in."""
    for name in ("FIREBASE_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("METADATA_SERVER_DETECTION", "none")


def test_a_person_reads_what_is_broken_what_mends_it_and_what_to_do_first(operator):
    operator.google.said.pop(FIRESTORE)
    operator.parameter("RETENTION_DAYS", "0")

    text = operator.words()

    mend = 'node_modules/.bin/firebase firestore:databases:create "(default)"'
    lines = text.splitlines()
    at = next(n for n, one in enumerate(lines) if one.startswith("BROKEN     firestore"))
    assert lines[at + 1].strip().startswith(f"-> {mend}")
    assert "warning    limits" in text
    assert lines[-2] == "First of all, firestore: There is no Firestore database (default)."
    assert lines[-1].strip().startswith(mend)


def test_warnings_are_counted_where_all_is_well(operator):
    operator.parameter("RETENTION_DAYS", "0")
    assert operator.words().endswith("All is well, with 1 warning above.\n")

    operator.google.said[STORAGE]["cors"] = []
    assert operator.words().endswith("All is well, with 2 warnings above.\n")
    assert operator.code == 0


def test_what_stands_on_something_broken_is_not_asked(operator):
    operator.account = None

    checks = operator.run()

    assert checks["project"] == {
        "name": "project",
        "asks": next(one.asks for one in CHECKS if one.name == "project"),
        "state": "not asked",
        "says": "waits for login.",
        "mend": [],
    }
    assert checks["firestore"]["says"] == "waits for project."
    assert operator.google.asked == []


def test_without_a_project_it_looks_at_this_machine_and_says_so(operator, capsys):
    checks = operator.run(project="")

    assert list(checks) == ["machine", "firebase-tools", "login", "parameters", "models"]
    assert (operator.code, operator.told["project"]) == (0, None)
    main([], lambda _: operator.account, operator.root)
    assert "This machine is well. Of a project: make doctor PROJECT=" in capsys.readouterr().out


def test_an_alias_names_the_project_and_its_file(operator):
    (operator.root / ".firebaserc").write_text(json.dumps({"projects": {"staging": PROJECT}}))
    own = operator.root / f"functions/.env.{PROJECT}"
    own.rename(own.with_name(".env.staging"))

    checks = operator.run(project="staging")

    assert (operator.code, operator.told["project"]) == (0, PROJECT)
    assert checks["parameters"]["says"] == "functions/.env.staging is right."

    own.touch()
    assert "Firebase takes one" in operator.run(project="staging")["parameters"]["says"]


def test_a_project_without_a_file_of_its_own_has_the_defaults(operator):
    (operator.root / f"functions/.env.{PROJECT}").unlink()

    assert operator.run()["parameters"]["state"] == "note"
    assert operator.code == 0


def test_an_unknown_parameter_is_told_the_nearest_one(operator):
    operator.parameter("MAX_DAYLY_TOTAL", "5")

    said = operator.run()["parameters"]["says"]

    assert said == "MAX_DAYLY_TOTAL is no parameter (did you mean MAX_DAILY_TOTAL?)."


def test_the_variables_of_this_shell_are_not_those_of_the_deployment(operator, monkeypatch):
    monkeypatch.setenv("MAX_DAILY_PER_USER", "many")
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")

    assert operator.run()["parameters"]["state"] == "ok"
    assert os.environ["MAX_DAILY_PER_USER"] == "many"


def test_this_shell_is_no_emulator(operator, monkeypatch):
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    operator.parameter("RUNPOD_BASE_URL", "http://127.0.0.1:8900/v2")

    assert "RUNPOD_BASE_URL must be" in operator.run()["parameters"]["says"]


@pytest.mark.parametrize("value", ["k1:hush", "hush-hush", "k1:h,k1:hush"])
def test_a_secret_that_is_wrong_is_not_shown(operator, value):
    path = f"{SECRETS}/WEBHOOK_KEYS/versions/latest:access"
    operator.google.said[path] = secret_value(value)

    text = operator.words()

    assert operator.code == 1
    assert "hush" not in text


def test_guests_are_no_worry_where_they_are_off_or_may_not_spend(operator):
    operator.parameter("MAX_DAILY_TOTAL", "0")
    assert "guests cost nothing" in operator.run()["limits"]["says"]

    operator.google.said[f"{AUTH}/config"] = {"signIn": {"email": {"enabled": True}}}
    assert "guests" not in operator.run()["limits"]["says"]


def test_an_app_that_is_not_registered_beside_one_that_is_is_noted(operator):
    apps = operator.google.said[f"{FIREBASE}/webApps"]["apps"]
    apps.append({"appId": "1:2:web:other", "state": "ACTIVE"})

    said = operator.run()["app check"]

    assert (said["state"], said["says"]) == ("note", "1 of 2 web apps are registered.")


@pytest.mark.parametrize("project", ["demo-firepod", "../x", "a b", "-x"])
def test_what_is_no_project_is_a_wrong_usage(project, capsys):
    assert main([f"--project={project}"]) == 2
    assert "is no project" in capsys.readouterr().err


def test_it_lists_what_it_asks_and_asks_nothing(capsys):
    assert main(["--list"]) == 0
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == [
        one.name for one in CHECKS
    ]


def test_every_check_comes_after_those_that_it_needs():
    names = [one.name for one in CHECKS]
    assert len(set(names)) == len(names)
    for one in CHECKS:
        assert set(one.needs) <= set(names[: names.index(one.name)])


@pytest.mark.usefixtures("nobody")
def test_without_a_sign_in_the_program_says_that_first():
    ran = subprocess.run(
        [sys.executable, "-m", "tools.doctor", "--project", PROJECT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.splitlines()[-2:] == [
        "First of all, login: Nobody is signed in at Firebase.",
        "    node_modules/.bin/firebase login",
    ]


@pytest.mark.usefixtures("nobody")
def test_it_is_whom_firebase_tools_is(google, monkeypatch):
    google.said["oauth2/v3/token"] = {"access_token": TOKEN, "expires_in": 3600}
    monkeypatch.setenv("FIREBASE_TOKEN", "1//refresh")
    monkeypatch.setenv("FIREBASE_TOKEN_URL", google.url)

    found = firebase_login(PROJECT)

    assert found is not None
    assert found.token == TOKEN
    assert TOKEN not in repr(found)


def test_what_mends_by_firebase_is_a_command_of_the_firebase_tools_here():
    sources = [path.read_text() for path in (ROOT / "tools/doctor").glob("*.py")]
    text = "\n".join(sources)
    commands = set(
        re.findall(r"""(?:firebase\(f?['"]|\{FIREBASE\} |")([a-z]+(?::[a-z]+)+)""", text)
    )
    assert {"apps:create", "functions:secrets:set", "projects:addfirebase"} <= commands
    folder = ROOT / "node_modules/firebase-tools/lib/commands"
    for command in commands:
        assert (folder / f"{command.replace(':', '-')}.js").exists(), command
    options = {"functions-secrets-set": "--data-file", "firestore-databases-create": "--location"}
    options["login"] = "--reauth"
    for name, option in options.items():
        assert option in (folder / f"{name}.js").read_text()
