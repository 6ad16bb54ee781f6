"""How long a caller waits for `generate`, against the guide's function, here and in a region."""

import statistics
from collections.abc import Sequence

from bench.instances import Caller, Instances, instances
from bench.lab import Lab
from bench.measurement import Budget, Measured, quantile
from bench.surroundings import surroundings

FIRESTORE_SECONDS, RUNPOD_SECONDS = 0.015, 0.080  # there and back, in what is called a region
_ROUNDS = 200
_FAR_ROUNDS = 100


def run(_lab: Lab) -> list[Measured]:
    """Both by turns, one call at a time; a user calls four times, as somebody who wants four."""
    with surroundings() as around:
        with instances(around) as near:
            before = _cpu(near)
            here = _rows("", _by_turns(near, _ROUNDS), None)
            here.append(_processor_time(before, _cpu(near)))
        with instances(
            around, firestore_seconds=FIRESTORE_SECONDS, runpod_seconds=RUNPOD_SECONDS
        ) as far:
            there = _rows(" in a region", _by_turns(far, _FAR_ROUNDS), Budget(1.2))
    return [*here, *there]


def _by_turns(both: Instances, rounds: int) -> dict[str, list[float]]:
    """The seconds of each call: ours, those of them that are a user's first, the guide's."""
    own, guide = Caller(), Caller()
    times: dict[str, list[float]] = {"own": [], "first": [], "guide": []}
    for number in range(rounds):
        ours_first = number % 2 == 0  # nobody is always first
        if not ours_first:
            times["guide"].append(guide.call(both.guide))
        is_first = own.is_first
        seconds = own.call(both.own)
        times["own"].append(seconds)
        if is_first:
            times["first"].append(seconds)
        if ours_first:
            times["guide"].append(guide.call(both.guide))
    return times


def _cpu(both: Instances) -> tuple[float, float]:
    return both.own.cpu_seconds(), both.guide.cpu_seconds()


def _processor_time(before: tuple[float, float], after: tuple[float, float]) -> Measured:
    """Steadier than the time where other programs run."""
    own, guide = ((b - a) / _ROUNDS * 1000 for a, b in zip(before, after, strict=True))
    note = f"{own:.1f} ms against {guide:.1f} ms"
    return Measured("processor time of generate / of the guide's", own / guide, note=note)


def _rows(where: str, times: dict[str, list[float]], budget: Budget | None) -> list[Measured]:
    guide = statistics.median(times["guide"])
    return [
        Measured(
            f"generate / the guide's{where}, p50",
            statistics.median(times["own"]) / guide,
            budget=budget,
        ),
        Measured(
            f"a user's first generate / the guide's{where}, p50",
            statistics.median(times["first"]) / guide,
        ),
        _absolute(f"generate{where}, p50", times["own"]),
        _absolute(f"the guide's{where}, p50", times["guide"]),
    ]


def _absolute(what: str, seconds: Sequence[float]) -> Measured:
    p95 = quantile(seconds, 0.95) * 1000
    return Measured(what, statistics.median(seconds) * 1000, "ms", note=f"p95 {p95:.1f} ms")
