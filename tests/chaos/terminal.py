"""Lines for whoever watches a run."""

import sys


def say(line: str = "") -> None:
    """Write one line now; a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
