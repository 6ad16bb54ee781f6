"""The Makefile before it installs, and where it hands on what other programs say."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
NEEDED = ("python3.11", "node", "npm", "git")
SHELL = ("sh", "bash", "make", "awk", "mkdir", "touch", "cat", "env")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a space in its name that holds what `make` looks at first."""
    root = tmp_path / "a checkout"
    (root / "local").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", root)
    shutil.copy(ROOT / "local" / "check_tools.sh", root / "local")
    locks = ["requirements-dev.txt", "functions/requirements.txt"]
    locks += ["local/requirements.in", "worker/requirements.in"]
    locks += ["worker/requirements-procedural.in"]
    npm = [".", "web", "tests/browser", "bench/guide", "clients/js"]
    npm += ["examples/node", "examples/web", "examples/react-native"]
    for folder in npm:
        locks += [f"{folder}/package.json", f"{folder}/package-lock.json"]
    for name in locks:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH of its own: the shell's programs, and stand-ins of what has to be installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in SHELL:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    for name in NEEDED:
        program(folder / name, "exit 0")
    return folder


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(checkout: Path, tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=checkout,
        env=environment | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("target", ["start", "unit", "test", "deploy", "env"])
def test_what_is_missing_is_named_in_one_line_before_anything_is_installed(
    checkout, tools, target, name
):
    (tools / name).unlink()
    before = sorted(checkout.rglob("*"))

    ran = make(checkout, tools, target)

    said = [line for line in ran.stderr.splitlines() if not line.startswith("make:")]
    assert ran.returncode == 2
    assert [line.split()[:2] for line in said] == [["Firepod:", name]]
    assert sorted(checkout.rglob("*")) == before
    assert ran.stdout == ""


def test_an_old_node_and_another_python_are_told(checkout, tools):
    program(tools / "node", "exit 1")
    program(tools / "python3.11", "exit 1")

    said = make(checkout, tools, "start").stderr

    assert "node is older than 20" in said
    assert "python3.11 is not Python 3.11" in said


def test_what_an_installer_says_is_shown_only_if_it_fails(checkout, tools):
    program(tools / "python3.11", 'case "$2" in venv) echo pip warns >&2; exit $FAILS;; esac')
    program(checkout / ".venv/bin/python", "echo pip warns >&2")
    good = make(checkout, tools, ".venv/.runs", "FAILS=0")
    assert (good.returncode, "pip warns" in good.stderr + good.stdout) == (0, False)

    (checkout / ".venv/.runs").unlink()
    (checkout / ".venv/.made").unlink()
    bad = make(checkout, tools, ".venv/.runs", "FAILS=1")
    assert bad.returncode == 2
    assert "pip warns" in bad.stderr
    assert not (checkout / ".venv/.runs").exists()


@pytest.mark.parametrize("works", [True, False])
def test_what_uv_cannot_install_is_installed_by_pip(checkout, tools, works):
    program(checkout / ".venv/bin/uv", f"echo uv $1 >>said; {'exit 0' if works else 'exit 1'}")
    program(checkout / ".venv/bin/python", "echo python $* >>said")
    (checkout / ".venv/.made").touch()
    make(checkout, tools, ".venv/.runs")

    said = (checkout / "said").read_text()
    assert "uv pip" in said
    assert ("install --quiet --no-compile --requirement local/requirements.in" in said) != works


def deploy(checkout, tools, *arguments, doctor=0):
    """What `make deploy` runs, a line each, with a doctor that ends with this code."""
    program(checkout / "firebase", 'echo firebase "$@" >>said')
    program(
        checkout / ".venv/bin/python",
        f'echo "$@" >>said; case "$2" in tools.doctor) exit {doctor};; esac',
    )
    settings = ("SETUP=", "OPERATE=", "FIREBASE=./firebase", "PROJECT=my-project")
    ran = make(checkout, tools, "deploy", *settings, *arguments)
    said = checkout / "said"
    return ran, said.read_text().splitlines() if said.exists() else []


DOCTOR = "-m tools.doctor --project my-project --before-deploy"
DEPLOY = "firebase --project my-project deploy --non-interactive"
SMOKE = "-m tools.smoke --project my-project"


def test_deploy_asks_the_doctor_first_and_makes_a_picture_afterwards(checkout, tools):
    ran, said = deploy(checkout, tools)

    assert (ran.returncode, said) == (0, [DOCTOR, DEPLOY, SMOKE])


def test_where_something_has_to_be_mended_nothing_is_deployed(checkout, tools):
    ran, said = deploy(checkout, tools, doctor=1)

    assert (ran.returncode, said) == (2, [DOCTOR])
    assert "nothing was deployed. make setup PROJECT=my-project says" in ran.stderr
    assert "DOCTOR=skip" in ran.stderr


def test_who_knows_better_deploys_without_the_doctor_and_only_a_part(checkout, tools):
    knows = ("DOCTOR=skip", "SMOKE=skip", "ARGS=--only hosting")
    ran, said = deploy(checkout, tools, *knows, doctor=1)

    assert (ran.returncode, said) == (0, [f"{DEPLOY} --only hosting"])


@pytest.mark.parametrize("project", ["PROJECT=", "PROJECT=demo-firepod"])
def test_deploy_wants_to_know_where_to(checkout, tools, project):
    ran, said = deploy(checkout, tools, project)

    assert (ran.returncode, said) == (2, [])
    assert "Say where to: make deploy PROJECT=" in ran.stderr


def test_help_lists_every_target(checkout, tools):
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    ran = make(checkout, tools)

    listed = {line.split()[1] for line in ran.stdout.splitlines()}
    assert listed == set(phony.split()) - {"tools"}


def test_start_installs_nothing_that_only_tests_need(checkout, tools):
    plan = make(checkout, tools, "--dry-run", "start").stdout

    assert "local/requirements.in" in plan
    assert "--requirement requirements-dev.txt" not in plan
    for folder in ("examples/node", "tests/browser", "bench/guide"):
        assert folder not in plan


@pytest.mark.parametrize(
    ("arguments", "program"),
    [
        (["start"], "-m local.stack --port-offset 0"),
        (["start", "PORT_OFFSET=1000", "ARGS=--fresh"], "--port-offset 1000 --fresh"),
        (["runpod"], "-m local.stack --port-offset 0 --only runpod"),
        (["env"], "-m local.stack.shell_environment"),
        (["example"], "node examples/node/generate.mjs --offset 0"),
        (["unit", "PYTEST_ARGS=-k retry"], "-k retry"),
        (["test", "PYTEST_ARGS=tests/e2e"], "-m pytest -n 4 tests/e2e"),
        (["chaos", "N=100"], "-m tests.chaos --n 100"),
        (["bench", "ARGS=cold-start"], "-m bench cold-start"),
        (["generate"], "-m tools.generate"),
        (["doctor"], "-m tools.doctor"),
        (["smoke", "PORT_OFFSET=1000"], "-m tools.smoke --port-offset 1000"),
        (["smoke", "PROJECT=p", "ARGS=--wait 9"], '-m tools.smoke --project "p" --wait 9'),
        (["doctor", "PROJECT=p", "ARGS=--json"], '-m tools.doctor --project "p" --json'),
        (["setup", "PROJECT=p", "ARGS=--yes"], '-m tools.setup --project "p" --yes'),
        (["alerts", "PROJECT=my-project"], '-m tools.alerts install --project "my-project"'),
    ],
)
def test_a_target_starts_the_program_that_its_tests_start(checkout, tools, arguments, program):
    assert program in make(checkout, tools, "--dry-run", *arguments).stdout


def test_what_stands_beside_plain_emulators_installs_what_they_run(checkout, tools):
    for target in ("runpod", "env"):
        plan = make(checkout, tools, "--dry-run", target).stdout
        assert "--requirement functions/requirements.txt" in plan
        assert "npm" in plan


def test_an_image_is_built_of_the_engine_that_is_named(checkout, tools):
    images = ROOT / "worker" / "images"
    shutil.copytree(images, checkout / "worker" / "images")
    engines = [path.name.partition(".")[0] for path in images.iterdir()]
    for engine in ("", "ENGINE=", "ENGINE=nothing"):
        nameless = make(checkout, tools, "worker-image", *([engine] if engine else []))
        assert nameless.returncode == 2
        assert all(one in nameless.stderr for one in engines)
    without = make(checkout, tools, "worker-image", "ENGINE=diffusers")
    assert (without.returncode, "Firepod: docker" in without.stderr) == (2, True)

    program(tools / "docker", 'echo "$@"')
    built = make(checkout, tools, "worker-image", "ENGINE=diffusers", "IMAGE=you/worker:1")
    assert built.returncode == 0
    said = built.stdout.splitlines()[-1]
    file = "--file worker/images/diffusers.Dockerfile"
    assert said == f"build --platform linux/amd64 {file} --tag you/worker:1 ."
