"""The stand-ins are packages: each installs without Firepod, runs, and says nothing of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LOCAL = Path(__file__).parents[2] / "local"
PACKAGES = ("firestore", "rules", "runpod")
OURS = re.compile("firepod|file_uid|media_type", re.IGNORECASE)


def run(*command, cwd, **environment):
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **environment},
        input="",
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the three packages and nothing else of the repository."""
    folder = tmp_path_factory.mktemp("installed")
    run(
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"),
        *("--no-deps", "--no-build-isolation", "--target", str(folder)),
        *(str(LOCAL / name) for name in PACKAGES),
        cwd=folder,
    )
    return folder


@pytest.mark.parametrize("module", ["local.firestore", "local.runpod"])
def test_a_server_runs_from_where_it_was_installed(installed, module, tmp_path):
    environment = {"PYTHONPATH": str(installed)}
    assert f"python -m {module}" in run("-m", module, "--help", cwd=tmp_path, **environment)
    where = f"import {module} as found; print(found.__file__)"
    assert Path(run("-c", where, cwd=tmp_path, **environment)).is_relative_to(installed)


def test_an_installed_firestore_answers(installed, tmp_path):
    program = (
        "import urllib.request\n"
        "from local.firestore.child import running_firestore\n"
        "with running_firestore() as port:\n"
        "    print(urllib.request.urlopen(f'http://127.0.0.1:{port}/').read())\n"
    )
    assert "Ok" in run("-c", program, cwd=tmp_path, PYTHONPATH=str(installed))


def test_the_rules_runtime_says_that_it_is_ready(installed, tmp_path):
    module = "local.rules.storage_runtime"
    first_line = run("-m", module, cwd=tmp_path, PYTHONPATH=str(installed)).splitlines()[0]
    assert '"id": -1' in first_line or '"id":-1' in first_line


@pytest.mark.parametrize("name", PACKAGES)
def test_tests_are_not_installed_and_what_a_package_needs_to_be_one_is_there(installed, name):
    assert not (installed / "local" / name / "tests").exists()
    assert (installed / "local" / name / "__init__.py").exists()
    readme = (LOCAL / name / "README.md").read_text()
    for chapter in ("## Conformance", "## Tests"):
        assert chapter in readme


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_names_nothing_of_the_product(name):
    files = [
        path
        for path in (LOCAL / name).rglob("*")
        if path.suffix in {".py", ".pyi", ".md", ".toml", ".json"}
    ]
    assert len(files) > 20
    named = {
        f"{path.relative_to(LOCAL)}: {found[0]}"
        for path in files
        if (found := OURS.search(path.read_text()))
    }
    assert named == set()
