"""The Python client as pip installs it."""

import os
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "clients/python"


def run(*command, **environment):
    ran = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_it_installs_and_is_typed(tmp_path):
    run(
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"),
        *("--no-deps", "--no-build-isolation", "--target", str(tmp_path), str(CLIENT)),
    )
    where = "import firepod_client as found; print(found.__file__)"
    found = Path(run("-c", where, PYTHONPATH=str(tmp_path)).strip())
    assert found.is_relative_to(tmp_path)
    assert (found.parent / "py.typed").is_file()
    program = tmp_path / "program.py"
    program.write_text(
        "from firepod_client import Firepod, requests\n"
        'Firepod.local().run(requests.TextToImage(task_type="text2img", prompt="a fox"))\n'
        'Firepod.local().run(requests.TextToImage(task_type="text2img", promt="a fox"))\n'
    )
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent"),
            *("--cache-dir", os.devnull, str(program)),
        ],
        env={**os.environ, "MYPYPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert [line.split(" ")[0] for line in ran.stdout.splitlines()[:-1]] == ["program.py:3:"] * 2
