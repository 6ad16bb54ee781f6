"""`python -m tests.chaos --n 1000`: everything goes wrong at once, and nothing may be lost."""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import DELIVERIES, Outcome, run
from tests.chaos.terminal import say

_EXAMPLES = 10


def main() -> int:
    """Run, print the table, and say by the exit code whether all of it is zero."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--n", type=int, default=1000, help="how many generations")
    parser.add_argument("--seed", type=int, help="of everything that is drawn; default: another")
    parser.add_argument(
        "--delivery", choices=DELIVERIES, default="upload_urls", help="what workers hold"
    )
    parser.add_argument("--keep-logs", type=Path, metavar="DIR", help="where the logs stay")
    given = parser.parse_args()
    seed = random.randrange(10_000) if given.seed is None else given.seed
    folder = (given.keep_logs or Path(tempfile.mkdtemp(prefix="firepod-chaos-"))).resolve()
    say(f"{given.n} generations, seed {seed}, {given.delivery}")
    began = time.monotonic()
    try:
        outcome = run(given.n, seed, folder, given.delivery)
    finally:
        if given.keep_logs is None:
            shutil.rmtree(folder, ignore_errors=True)
    _show(outcome, time.monotonic() - began)
    return 1 if outcome.violations else 0


def _show(outcome: Outcome, seconds: float) -> None:
    say()
    for name, value in outcome.summary.items():
        say(f"  {name:<36} {value}")
    say()
    for row, found in outcome.table.items():
        say(f"  {row:<52} {len(found):>4}")
        for example in found[:_EXAMPLES]:
            say(f"      {example}")
    say(f"\n{outcome.violations} violations in {seconds:.0f} s")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # as shells count the end by Ctrl-C
