"""Mends what `make doctor` finds, in its order, as far as a command can.

    make setup PROJECT=my-project                # says what it would do
    make setup PROJECT=my-project ARGS=--yes     # and does it
    .venv/bin/python -m tools.setup --project my-project --sign-in email --yes

It runs the commands that the doctor names, and asks the doctor again after each. Where only a
person can go on (signing in, the plan with billing, RunPod's key) it says so. RunPod's key is taken
from RUNPOD_API_KEY, if it is in this shell; the key for callbacks is made; neither is shown. Run it
again after whatever has stopped it: what is done already is not done twice. Exit code: 0 nothing is
left, 1 a person is needed or something went wrong, 2 the command itself is wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.doctor.__main__ import is_project
from tools.doctor.account import SignIn, firebase_login
from tools.doctor.case import ROOT, SIGN_INS, Case
from tools.doctor.order import chosen
from tools.doctor.web import Web
from tools.setup.going import Setup
from tools.setup.steps import Undone

INTERRUPTED = 130


def main(
    arguments: Sequence[str] | None = None,
    sign_in: SignIn = firebase_login,
    root: Path = ROOT,
    given: Mapping[str, str] = os.environ,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Run it; returns the exit code."""
    options = _options(arguments)
    if not is_project(options.project):
        print(
            f"{options.project!r} is no project at Google; demo- ones are the emulators'.",
            file=sys.stderr,
        )
        return 2
    web = Web(options.through)
    setup = Setup(
        look=lambda: Case(options.project, web, sign_in, root, options.sign_in),
        checks=chosen(machine_only=False, before_deploy=True),
        given=given,
        tell=lambda text: print(text, flush=True),
        pause=pause,
    )
    try:
        return setup.do() if options.yes else setup.say()
    except Undone as error:
        print(f"{error}\nMend it and run it again: it goes on from here.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again: it goes on from here.", file=sys.stderr)
        return INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.setup", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--project", required=True, help="its id, or its alias in .firebaserc")
    parser.add_argument("--yes", action="store_true", help="do it; without, it is only said")
    parser.add_argument(
        "--sign-in",
        choices=SIGN_INS,
        default=SIGN_INS[0],
        help="what is turned on where users have no way to sign in; anonymous users are guests",
    )
    parser.add_argument(
        "--through",
        metavar="URL",
        default=os.environ.get("FIREPOD_THROUGH", ""),
        help="ask https://host/path as URL/host/path: a gateway, or a test (FIREPOD_THROUGH)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
