"""Thousands of lost callbacks at once: how long until all is right, and what a new call notices.

`python -m bench.outage --jobs 500` runs it alone and smaller.
"""

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from bench import ROOT
from bench.app import NEVER_RUN, App
from bench.function_log import FunctionLog
from bench.lab import Lab
from bench.lost import Lost, lose
from bench.measurement import Budget, Measured, quantile
from bench.report import rows
from local.stack.child import RunningStack
from local.stack.parameters import function_url

JOBS = 10_000
_BELL_SECONDS = 60
_PATIENCE_SECONDS = 360
_QUIET_CALLS = 120
_CALL_EVERY = 0.5
_POLL_SECONDS = 2.0
_SWEEP_SECONDS = 120
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}


def run(lab: Lab, number: int = JOBS) -> list[Measured]:
    """The bell rings once a minute from the end of the outage on, as Cloud Scheduler does."""
    app = App(lab.stack)
    app.set_faults(NEVER_RUN)
    lost = lose(lab.stack, number)
    try:
        for _ in range(5):
            app.generate(app.sign_up(), _TASK)
        with _calling(app) as quiet:
            time.sleep(_QUIET_CALLS * _CALL_EVERY)
        log = FunctionLog(lab.stack.log_dir / "firebase.log")
        with _calling(app) as busy, _ringing(lab.stack):
            seconds = _until_right(lost)
    finally:
        app.set_faults()
    asked = [spent for name, spent in log.requests() if name == "reconcile"]
    right = lost.statuses().get("completed", 0)
    return [
        Measured(f"{number} lost callbacks: completed", right, budget=Budget(number, "at least")),
        Measured("until the last one is right", seconds, "s", Budget(300)),
        Measured(
            "`generate` meanwhile / quiet, p99",
            quantile(busy, 0.99) / quantile(quiet, 0.99),
            budget=Budget(2),
            note=f"{len(busy)} and {len(quiet)} calls",
        ),
        Measured("p99 meanwhile", quantile(busy, 0.99) * 1000, "ms"),
        Measured("p99 quiet", quantile(quiet, 0.99) * 1000, "ms"),
        Measured("p50 meanwhile", quantile(busy, 0.5) * 1000, "ms"),
        Measured("p50 quiet", quantile(quiet, 0.5) * 1000, "ms"),
        Measured(
            "a look, p50", quantile(asked, 0.5) * 1000, "ms", note=f"of {len(asked)} requests"
        ),
        Measured("processes that the emulator had to start meanwhile", log.starts()),
    ]


def _until_right(lost: Lost) -> float:
    began = time.monotonic()
    while left := lost.left():
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise TimeoutError(f"{left} are not right after {_PATIENCE_SECONDS} s")
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - began


@contextmanager
def _calling(app: App) -> Iterator[list[float]]:
    """Call `generate` twice a second; yields the seconds that each call took, as they come."""
    user = app.sign_up()
    times: list[float] = []
    with _every(_CALL_EVERY, lambda: times.append(app.generate(user, _TASK)[0])):
        yield times


@contextmanager
def _ringing(stack: RunningStack) -> Iterator[None]:
    """Have what is due looked after at once and every minute, as the minute bell does."""
    url = function_url(stack.project, stack.ports["functions"], "reconcile")
    with _every(
        _BELL_SECONDS, lambda: requests.post(url, json={"data": {}}, timeout=_SWEEP_SECONDS)
    ):
        yield


@contextmanager
def _every(seconds: float, work: Callable[[], object]) -> Iterator[None]:
    """Do something at once and then by the clock, in a thread, until the end; it may not raise."""
    over = threading.Event()
    failed: list[Exception] = []

    def go_on() -> None:
        began, turn = time.monotonic(), 0
        while not over.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 (told at the end)
                failed.append(error)
            turn += 1
            over.wait(max(0.0, began + turn * seconds - time.monotonic()))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]


def main() -> None:
    """Run it alone."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.outage",
        description=__doc__,
        epilog="Example: python -m bench.outage --jobs 500",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="how many are lost")
    given = parser.parse_args()
    if given.jobs < 1:
        parser.error("--jobs: at least one")
    with Lab(ROOT / ".firepod" / "bench-outage") as lab:
        print(rows(run(lab, given.jobs)))


if __name__ == "__main__":
    main()
