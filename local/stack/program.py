"""The program: ends with 0 on Ctrl-C or SIGTERM, and with 1 on trouble."""

import asyncio
import os
import sys
from pathlib import Path

from local.stack.lifecycle import SetupError, run
from local.stack.options import parse_options
from local.stack.ports import PortTaken
from local.stack.readiness import NeverReadyError
from local.stack.supervision import ProgramEnded


def main() -> int:
    options = parse_options(None, os.environ)
    try:
        asyncio.run(run(options))
    except (PortTaken, SetupError) as error:
        print(f"Firepod cannot start: {error}", file=sys.stderr)
        return 1
    except (NeverReadyError, ProgramEnded) as error:
        print(
            f"Firepod stopped: {error} All output is in {options.shown(options.log_dir)}.",
            file=sys.stderr,
        )
        print(*_last_words(options.log_dir), sep="\n", file=sys.stderr)
        return 1
    return 0


def _last_words(log_dir: Path) -> list[str]:
    # firebase-tools keeps what its emulators say to itself, and that is where most starts fail.
    lines: list[str] = []
    for log in sorted((log_dir / "firebase-tools").glob("*-debug.log")):
        if log.name != "firebase-debug.log":
            lines += [f"{log.name}: {line}" for line in log.read_text("utf-8").splitlines()[-5:]]
    return lines
