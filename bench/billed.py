"""Function seconds that one generation costs, against the guide's function that waits for it."""

import statistics
import time
from collections import Counter

from bench.app import App, User
from bench.function_log import FunctionLog
from bench.lab import Lab
from bench.measurement import Budget, Measured

_JOB_SECONDS = 10
_ROUNDS = 3
_TASK = {
    "task_type": "text2img",
    "prompt": "a lighthouse at dusk",
    "width": 256,
    "height": 256,
    "extra": {"seconds": _JOB_SECONDS},
}
_SETTLE_SECONDS = 2.0  # for requests that nobody waits for
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.1


def run(lab: Lab) -> list[Measured]:
    """Both by turns, each with a job of ten seconds, after one warm-up."""
    stack, guide = lab.stack, lab.guide
    app = App(stack)
    user = app.sign_up()
    _generation(app, user, FunctionLog(stack.log_dir / "firebase.log"), _TASK | {"extra": _QUICK})
    app.call(guide.runsync_url, user, _TASK | {"extra": _QUICK})
    own: list[float] = []
    guides: list[float] = []
    called: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        log = FunctionLog(stack.log_dir / "firebase.log")
        _generation(app, user, log, _TASK)
        own.append(sum(seconds for _, seconds in log.requests()))
        called.update(name for name, _ in log.requests())
        log = FunctionLog(guide.log)
        app.call(guide.runsync_url, user, _TASK)
        log.wait_for("guiderunsync", _PATIENCE_SECONDS)
        guides.append(sum(seconds for _, seconds in log.requests()))
    billed, guides_billed = statistics.median(own), statistics.median(guides)
    note = ", ".join(f"{count / _ROUNDS:g} {name}" for name, count in called.items())
    return [
        Measured(
            "Firepod / the guide's with /runsync", billed / guides_billed, budget=Budget(1 / 50)
        ),
        Measured(
            "function time of a generation with a job of 10 s", billed * 1000, "ms", note=note
        ),
        Measured("the same with the guide's function", guides_billed, "s"),
    ]


_QUICK = {"seconds": 0}


def _generation(app: App, user: User, log: FunctionLog, task: dict[str, object]) -> None:
    """One generation to its end, and the requests that come after it."""
    _, started = app.generate(user, task)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (status := app.status(started["path"])) in ("queued", "processing"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{started['path']} is still {status}")
        time.sleep(_POLL_SECONDS)
    if status != "completed":
        raise RuntimeError(f"{started['path']} is {status}")
    log.wait_for("runpodwebhook", _PATIENCE_SECONDS)
    time.sleep(_SETTLE_SECONDS)
