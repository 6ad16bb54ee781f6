"""Ends the workers when their supervisor was killed and could not do it itself.

Run as a script by the supervisor, in a session of its own: reads `+PGID` and `-PGID` lines, and at
the end of the input kills every process group that is still on the list.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
