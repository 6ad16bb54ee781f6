"""Calls a second that one instance of `generate` answers, against one of the guide's function."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench.function_process import FunctionProcess
from bench.instances import Caller, instances
from bench.lab import Lab
from bench.measurement import Measured
from bench.surroundings import surroundings

_CALLERS = (1, 4, 16)  # 16 is what a deployed instance takes at a time
_SECONDS = 3.0
_TURNS = 2


def run(_lab: Lab) -> list[Measured]:
    """Both by turns; each caller calls again as soon as it has an answer."""
    measured = []
    with surroundings() as around, instances(around) as both:
        for count in _CALLERS:
            own = guide = 0.0
            for _ in range(_TURNS):
                own += _per_second(both.own, count) / _TURNS
                guide += _per_second(both.guide, count) / _TURNS
            callers = f"{count} caller{'s' * (count > 1)}"
            note = f"{own / guide:.2f} of the guide's {guide:.0f} /s"
            measured.append(Measured(f"generate, one instance, {callers}", own, "/s", note=note))
    return measured


def _per_second(function: FunctionProcess, count: int) -> float:
    start = threading.Barrier(count)

    def call_on() -> int:
        caller = Caller()
        start.wait()
        until = time.perf_counter() + _SECONDS
        while time.perf_counter() < until:
            caller.call(function)
        return caller.calls

    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(call_on) for _ in range(count)]
        return sum(one.result() for one in calls) / _SECONDS
