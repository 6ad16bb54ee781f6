"""The supervisor with quick stub workers, and the command line."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.runpod.arguments import parse_arguments
from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from local.runpod.workers import Crew, restart_pause, workers_wanted

STUB = Path(__file__).with_name("stub_worker.py")
ROOT = Path(__file__).parents[3]
SETTINGS = Settings(worker_poll=0.2, tick=0.02)


@pytest.fixture
def lines():
    return []


@pytest.fixture
def crewed(lines, connect, until):
    """Serve `ep` with stub workers: floor, ceiling and idle timeout as given."""

    def crewed(floor, ceiling, idle_timeout=60.0):
        crew = Crew(
            command=(sys.executable, "-u", str(STUB)),
            floors={"ep": floor},
            ceilings={"ep": ceiling},
            idle_timeout=idle_timeout,
            write=lines.append,
        )
        return running_in_thread(["ep"], api_key="test-key", settings=SETTINGS, crew=crew)

    return crewed


@pytest.mark.parametrize(
    ("running", "busy", "queued", "floor", "ceiling", "wanted"),
    [(0, 0, 0, 2, 2, 2), (0, 0, 0, 0, 3, 0), (0, 0, 1, 0, 3, 1), (1, 1, 9, 1, 3, 3),
     (3, 0, 0, 1, 3, 3), (1, 0, 1, 1, 3, 1), (0, 0, 5, 0, 0, 0)],
)  # fmt: skip
def test_there_are_as_many_workers_as_jobs_within_the_bounds(
    running, busy, queued, floor, ceiling, wanted
):
    assert wanted == workers_wanted(
        running=running, busy=busy, queued=queued, floor=floor, ceiling=ceiling
    )


def test_the_pause_before_a_restart_doubles_up_to_half_a_minute():
    assert [restart_pause(n) for n in (1, 2, 3)] == [0.2, 0.4, 0.8]
    assert restart_pause(50) == 30.0


def test_workers_start_work_log_with_a_prefix_and_leave_no_process(crewed, connect, until, lines):
    with crewed(2, 2) as runpod:
        client, _ = connect(runpod)
        until(runpod.is_ready)
        pid = client.until(client.run(), "COMPLETED")["output"]
        assert psutil.pid_exists(pid)

    assert not psutil.pid_exists(pid)
    assert {"[ep-1] hello from ep", "[ep-2] hello from ep"} <= set(lines)


def test_a_worker_that_crashes_is_replaced_and_its_job_fails_after_the_second_one(
    crewed, connect, until, lines
):
    with crewed(1, 1) as runpod:
        client, _ = connect(runpod)
        job_id = client.run({"exit": 3})

        assert client.until(job_id, "FAILED")["error"]
        assert len(client.history(job_id)["taken"]) == 2
        assert client.until(client.run(), "COMPLETED")
        assert any("ended with code 3" in line for line in lines)


def test_a_lazy_worker_starts_with_the_first_job_and_stops_when_idle(crewed, connect, until):
    with crewed(0, 1, idle_timeout=0.3) as runpod:
        client, _ = connect(runpod)
        assert runpod.is_ready()
        pid = client.until(client.run(), "COMPLETED")["output"]
        until(lambda: not psutil.pid_exists(pid))

        assert client.until(client.run(), "COMPLETED")["output"] != pid


def test_a_worker_that_asks_for_a_refresh_is_replaced(crewed, connect, until):
    with crewed(1, 1) as runpod:
        client, _ = connect(runpod)
        pid = client.until(client.run({"stopPod": True}), "COMPLETED")["output"]
        until(lambda: not psutil.pid_exists(pid))

        assert client.until(client.run(), "COMPLETED")["output"] != pid


@pytest.fixture
def program():
    process = subprocess.Popen(
        [sys.executable, "-m", "local.runpod", "--port", "0", "--endpoint", "ep:1",
         "--worker-command", shlex.join((sys.executable, "-u", str(STUB))), "--worker-poll", "0.2"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def wait_for_line(process):
    for line in process.stdout:
        if found := re.search(r"is ready at (http://\S+/v2) \(ep\)", line):
            return found[1]
    raise AssertionError("the program ended before it was ready")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_says_that_it_is_ready_and_ends_with_its_workers(program, number):
    wait_for_line(program)
    children = psutil.Process(program.pid).children(recursive=True)
    program.send_signal(number)

    assert program.wait(15) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_workers_do_not_outlive_a_killed_program(program):
    wait_for_line(program)
    children = psutil.Process(program.pid).children(recursive=True)
    assert len(children) == 2
    program.kill()

    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_endpoints_workers_and_numbers_come_from_the_command_line():
    parsed = parse_arguments(
        ["--endpoint", "a:2", "--endpoint", "b", "--lazy", "--scale-to", "3",
         "--api-key", "k", "--webhook-delay", "0.5", "--webhook-statuses", "FAILED",
         "--worker-command", "worker"]
    )  # fmt: skip

    assert (parsed.endpoints, parsed.api_key) == (("a", "b"), "k")
    assert (parsed.crew.floors, parsed.crew.ceilings) == ({"a": 0, "b": 0}, {"a": 3, "b": 3})
    assert (parsed.settings.webhook_delay, parsed.settings.webhook_statuses) == (0.5, ("FAILED",))
    assert parse_arguments(["--workers", "0"]).crew is None
    assert len(parse_arguments([]).endpoints) == 4


def test_a_malformed_endpoint_ends_with_a_sentence(capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--endpoint", "a:many"])

    assert "expected ID or ID:WORKERS" in capsys.readouterr().err
