"""How long an app waits for `generate`, against the integration guide's function on Node 20."""

import statistics

from bench.app import NEVER_RUN, App
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile

_WARM_UP = 32
_ROUNDS = 200
_RUNSYNC_ROUNDS = 10
_CALLS_PER_USER = 4  # as many as may run for one user by default
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk", "extra": {"seconds": 0}}


def run(lab: Lab) -> list[Measured]:
    """The functions by turns, with the same payload and the same users."""
    stack, guide = lab.stack, lab.guide
    app = App(stack)
    own = f"{stack.urls['functions']}/generate"
    app.set_faults(NEVER_RUN)
    try:
        with_run = _by_turns(app, [own, guide.run_url, guide.alike_url], _ROUNDS)
        with_runsync = _by_turns(app, [own, guide.runsync_url], _RUNSYNC_ROUNDS)
    finally:
        app.set_faults()
    return [
        Measured("generate / the guide's with /run, p50", _ratio(with_run), budget=Budget(1.25)),
        Measured("the same set up as the guide's is, p50", _ratio([with_run[2], with_run[1]])),
        _absolute("generate, p50", with_run[0]),
        _absolute("the guide's with /run, p50", with_run[1]),
        Measured("generate / the guide's with /runsync and a job of 0 s", _ratio(with_runsync)),
        _absolute("the guide's with /runsync, p50", with_runsync[1]),
    ]


def _ratio(times: list[list[float]]) -> float:
    own, guides = map(statistics.median, times[:2])
    return own / guides


def _absolute(what: str, seconds: list[float]) -> Measured:
    p95 = quantile(seconds, 0.95) * 1000
    return Measured(what, statistics.median(seconds) * 1000, "ms", note=f"p95 {p95:.1f} ms")


def _by_turns(app: App, urls: list[str], rounds: int) -> list[list[float]]:
    """The seconds of each call, for each URL."""
    times: list[list[float]] = [[] for _ in urls]
    order, user = list(range(len(urls))), app.sign_up()
    for number in range(-min(_WARM_UP, rounds), rounds):
        if number % _CALLS_PER_USER == 0:
            user = app.sign_up()
        for which in order:
            seconds, _ = app.call(urls[which], user, _TASK)
            if number >= 0:
                times[which].append(seconds)
        order.reverse()  # nobody is always first
    return times
