"""Supervisors run as programs of their own here: they adopt and end the children of a process."""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from local.stack.child import ROOT
from local.stack.processes import processes_of

# Starts {programs} under a Supervisor and says its stack id; ends on SIGTERM or when one ends.
SUPERVISE = """
import asyncio, os, signal, sys
from pathlib import Path
from local.stack.programs import Program
from local.stack.supervision import ProgramEnded, Supervisor

folder = Path(sys.argv[1])

def show(line):
    print(str(line)[:99], flush=True)

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Supervisor(show, folder) as supervisor:
        print(supervisor.stack_id, flush=True)
        for number, code in enumerate(sys.argv[2:]):
            command = (sys.executable, "-c", code)
            await supervisor.start(Program(f"p{number}", command, dict(os.environ), folder))
        ends = asyncio.create_task(supervisor.first_end())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ends, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ends.done():
            print(f"ended: {ends.exception()}", flush=True)
        ends.cancel()

asyncio.run(main())
"""

PATIENT = "import time; print('up', flush=True); time.sleep(600)"
# Ends when it is told to, so that its end never comes before another one's beginning.
SHORT = """
import pathlib, sys, time
print('up', flush=True)
while not pathlib.Path({leave!r}).exists(): time.sleep(0.02)
sys.exit(3)
"""
STUBBORN = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
print('up', flush=True)
time.sleep(600)
"""
# As firebase-tools starts emulators: in a session of their own, and not waited for.
DETACHING = """
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
print('up', flush=True)
time.sleep(600)
"""
# As firebase-tools leaves functions-framework: the shell between them is gone.
ABANDONING = """
import subprocess, sys, time
sleeper = "'import time; time.sleep(600)'"
child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleeper}])"
subprocess.run([sys.executable, '-c', child], check=True)
print('up', flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def supervising(log_dir: Path, *programs: str):
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(log_dir), *programs],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    stack_id = process.stdout.readline().strip()
    try:
        for _ in programs:
            assert process.stdout.readline().split()[1] == "up"
        yield process, stack_id
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        eventually(lambda: not list(processes_of(stack_id)))


def eventually(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.05)


@pytest.mark.parametrize("program", [PATIENT, STUBBORN, DETACHING, ABANDONING])
def test_no_process_is_left_after_a_stop(tmp_path: Path, program: str):
    with supervising(tmp_path, program, PATIENT) as (process, stack_id):
        assert len(list(processes_of(stack_id))) >= 2

        process.send_signal(signal.SIGTERM)
        process.wait(30)

        assert list(processes_of(stack_id)) == []
        assert process.returncode == 0


def test_when_one_program_ends_it_is_named_and_the_others_are_ended(tmp_path: Path):
    leave = tmp_path / "leave"
    with supervising(tmp_path, PATIENT, SHORT.format(leave=str(leave))) as (process, stack_id):
        leave.touch()
        output = process.stdout.read()  # by the reader that has read ahead
        process.wait(timeout=30)

        assert "ended: p1 ended with status 3." in output
        assert list(processes_of(stack_id)) == []


def test_a_killed_supervisor_takes_everything_along(tmp_path: Path):
    with supervising(tmp_path, DETACHING, PATIENT) as (process, stack_id):
        process.kill()
        process.wait()

        eventually(lambda: not list(processes_of(stack_id)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
def test_abandoned_processes_are_ended_while_the_stack_goes_on(tmp_path: Path):
    with supervising(tmp_path, ABANDONING) as (process, stack_id):
        (program,) = [
            found
            for found in processes_of(stack_id)
            if found.ppid() == process.pid and "Popen" in str(found.cmdline())
        ]

        eventually(lambda: list(processes_of(stack_id)) == [program])

        assert process.poll() is None
        eventually(lambda: not zombies(process.pid))


def zombies(pid: int) -> list[psutil.Process]:
    children = psutil.Process(pid).children()
    return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]


def test_all_output_is_kept_in_the_log_however_long_a_line_is(tmp_path: Path):
    talker = "import time; print('up', flush=True); print('x' * 300_000); print('end', flush=True)"
    with supervising(tmp_path, f"{talker}; time.sleep(600)") as (process, _):
        log = tmp_path / "p0.log"
        eventually(lambda: log.read_bytes() == b"up\n" + b"x" * 300_000 + b"\nend\n")

        process.send_signal(signal.SIGTERM)
        output = process.stdout.read()  # by the reader that has read ahead
        process.wait(timeout=30)

    assert "p0            end" in output.splitlines()
