"""Ends the processes of a stack whose supervisor was killed: `python -m local.stack.guard ID`.

A killed supervisor cannot tidy up, but the pipe that it holds open to this process closes.
"""

import signal
import sys

from local.stack.processes import end_processes

GRACE_SECONDS = 3.0


def main() -> None:
    # Ctrl-C and closed terminals are for the supervisor, which this process must outlive.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_processes(sys.argv[1], GRACE_SECONDS)


if __name__ == "__main__":
    main()
