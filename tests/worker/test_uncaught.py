"""What nobody caught: one line in a worker's log, without a traceback and without the text."""

import os
import subprocess
import sys

import pytest

from local.stack.child import ROOT

SECRET = "https://upload.test/?token=s3cret"
FAIL = f"""
def fail():
    raise TimeoutError("{SECRET}")
"""
THREAD = FAIL + "import threading; threading.Thread(target=fail).start()"
DESTRUCTOR = FAIL + "class Left:\n    def __del__(self): fail()\nLeft()"
TASK = (
    FAIL
    + """
import asyncio

async def job():
    fail()

async def work():
    task = asyncio.create_task(job())
    await asyncio.wait([task])
    del task

asyncio.run(work())
"""
)
LOGGER = (
    FAIL
    + """
import logging

try:
    fail()
except TimeoutError:
    logging.getLogger("library").exception("not sent")
"""
)


@pytest.mark.parametrize(
    ("program", "where"),
    [
        (THREAD, "uncaught in a thread"),
        (DESTRUCTOR, "uncaught in clearing up"),
        (TASK, "asyncio: uncaught in base_events"),
        (LOGGER, "library: uncaught in <string>"),
    ],
    ids=["thread", "destructor", "task", "logger"],
)
def test_an_error_that_nobody_caught_is_one_line_with_its_place(program, where):
    begin = "from worker.uncaught import tell_in_lines\ntell_in_lines(print)\n"

    done = subprocess.run(
        [sys.executable, "-c", begin + program], capture_output=True, text=True, check=True
    )

    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{where}: TimeoutError at <string>:")


@pytest.mark.parametrize(
    ("program", "where"),
    [(THREAD, "uncaught in a thread"), (LOGGER, "library: uncaught in failing")],
    ids=["thread", "logger"],
)
def test_a_worker_tells_in_lines_whatever_runpods_sdk_has_set(tmp_path, program, where):
    lines = "".join(f"    {line}\n" for line in program.splitlines())
    engine = f"def create():\n{lines}"
    (tmp_path / "failing.py").write_text(f"{engine}\n    raise SystemExit\n")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT), str(tmp_path))),
        "FIREPOD_ENGINE": "failing:create",
    }

    run = subprocess.run(
        [sys.executable, "-m", "worker.handler"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stderr == ""
    assert f"{where}: TimeoutError at failing.py:" in run.stdout
    assert SECRET not in run.stdout
