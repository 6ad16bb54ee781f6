"""`python -m bench [NAME...]`: run benchmarks and compare what they give with the budgets."""

import argparse
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    ROOT,
    billed,
    bounds,
    cold_start,
    end_to_end,
    firestore,
    growth,
    latency,
    long_text,
    memory,
    operations,
    outage,
    region,
    report,
    round_trips,
    scrolling,
    throughput,
    waiting,
    webhook,
)
from bench.lab import Lab
from bench.measurement import Measured

LOGS = ROOT / ".firepod" / "bench"

_Run = Callable[[Lab], list[Measured]]

# Those that need no stack come first: its idle workers take a little of the machine.
_BENCHES: dict[str, _Run] = {
    "round-trips": round_trips.run,
    "local-firestore": firestore.run,
    "cold-start": cold_start.run,
    "region": region.run,
    "throughput": throughput.run,
    "bounds": bounds.run,
    "growth": growth.run,
    "long-text": long_text.run,
    "latency": latency.run,
    "waiting": waiting.run,
    "billed": billed.run,
    "webhook": webhook.run,
    "memory": memory.run,
    "end-to-end": end_to_end.run,
    "operations": operations.run,
    "scrolling": scrolling.run,
    "outage": outage.run,
}
_ONLY_BY_NAME = {"outage"}  # as long as all others together


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen ones; 1 if one could not be measured. A missed budget is no error."""
    given = _arguments(arguments)
    if given.list:
        print("\n".join(f"{name:<16} {_title(run)}" for name, run in _BENCHES.items()))
        return 0
    # As Ctrl-C: whatever was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    command = shlex.join(["python", "-m", "bench", *(arguments or sys.argv[1:])])
    names: list[str] = given.names or [name for name in _BENCHES if name not in _ONLY_BY_NAME]
    facts = report.machine()
    print(report.describe(facts))
    results, failed = _measure(names, LOGS)
    print(f"\n{report.verdict(results)}\n\n{command}")
    if given.json:
        print(f"Written to {report.write_json(given.json, facts, command, results)}")
    return 1 if failed else 0


def _measure(names: Sequence[str], folder: Path) -> tuple[dict[str, list[Measured]], list[str]]:
    results: dict[str, list[Measured]] = {}
    failed: list[str] = []
    shutil.rmtree(folder, ignore_errors=True)  # an earlier run's
    with Lab(folder) as lab:
        for name in names:
            began = time.monotonic()
            print(f"\n{name}: {_title(_BENCHES[name])}", flush=True)
            try:
                results[name] = _BENCHES[name](lab)
            except Exception as error:  # noqa: BLE001 (the other benchmarks are worth having)
                failed.append(name)
                print(f"  could not be measured: {error!r}; logs: {folder}", flush=True)
                continue
            print(report.rows(results[name]), flush=True)
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return results, failed


def _title(run: _Run) -> str:
    documentation = sys.modules[run.__module__].__doc__ or ""
    return documentation.strip().partition("\n")[0]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(_BENCHES)}; without: all but outage",
    )
    add("--list", action="store_true", help="say what there is")
    add("--json", metavar="FILE", help="write the results to bench/results/FILE, too")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in _BENCHES]:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    return given


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # as shells count the end by Ctrl-C
