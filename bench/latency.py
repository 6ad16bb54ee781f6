"""How long an app waits for `generate`, against the integration guide's function on Node 20."""

import statistics

from bench.app import NEVER_RUN, App
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile

_WARM_UP = 30
_ROUNDS = 200
_CALLS_PER_USER = 4  # as many as may run for one user by default
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk", "extra": {"seconds": 0}}


def run(lab: Lab) -> list[Measured]:
    """Three functions by turns, with the same payload and the same users."""
    stack, guide = lab.stack, lab.guide
    app = App(stack)
    app.set_faults(NEVER_RUN)
    urls = {
        "ours": f"{stack.urls['functions']}/generate",
        "run": guide.run_url,
        "runsync": guide.runsync_url,
    }
    try:
        times = _by_turns(app, urls)
    finally:
        app.set_faults()
    own, run_, runsync = (statistics.median(times[name]) for name in urls)
    return [
        Measured("generate / the guide's with /run, p50", own / run_, budget=Budget(1.0)),
        Measured("generate / the guide's with /runsync and a job of 0 s, p50", own / runsync),
        *(_absolute(what, times[name]) for what, name in _SHOWN.items()),
    ]


_SHOWN = {
    "generate, p50": "ours",
    "the guide's with /run, p50": "run",
    "the guide's with /runsync, p50": "runsync",
}


def _absolute(what: str, seconds: list[float]) -> Measured:
    p95 = quantile(seconds, 0.95) * 1000
    return Measured(what, statistics.median(seconds) * 1000, "ms", note=f"p95 {p95:.1f} ms")


def _by_turns(app: App, urls: dict[str, str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in urls}
    order, user = list(urls), app.sign_up()
    for number in range(-_WARM_UP, _ROUNDS):
        if number % _CALLS_PER_USER == 0:
            user = app.sign_up()
        for name in order:
            seconds, _ = app.call(urls[name], user, _TASK)
            if number >= 0:
                times[name].append(seconds)
        order.reverse()  # nobody is always first
    return times
