"""What a project still lacks before Firepod runs in it, in the order to mend it.

    make doctor                                  # this machine alone
    make doctor PROJECT=my-project               # everything
    make doctor PROJECT=staging ARGS=--json      # an alias of .firebaserc, for a program
    .venv/bin/python -m tools.doctor --list      # what is asked

It reads only. The first thing that is BROKEN is the next thing to do; below it stands the command
or the page that mends it; `make setup` runs those commands. Google is asked as `firebase deploy`
would do it: with FIREBASE_TOKEN, as whom `firebase login` knows, or with application default
credentials. Exit code: 0 all is well, warnings included; 1 something has to be mended; 2 the
command itself is wrong.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.doctor import telling
from tools.doctor.account import SignIn, firebase_login
from tools.doctor.case import ROOT, Case
from tools.doctor.order import CHECKS, chosen
from tools.doctor.running import findings
from tools.doctor.web import Web

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.:_-]{0,63}")


def is_project(name: str) -> bool:
    """Whether it may be the id of a project at Google, or an alias."""
    return not name.startswith("demo-") and bool(_NAME.fullmatch(name))


def main(
    arguments: Sequence[str] | None = None,
    sign_in: SignIn = firebase_login,
    root: Path = ROOT,
    web: Web | None = None,
) -> int:
    """Run it; returns the exit code."""
    options = _options(arguments)
    if options.list:
        print("\n".join(f"{one.name:<15} {one.asks}" for one in CHECKS))
        return 0
    project = options.project
    if project and not is_project(project):
        print(
            f"{project!r} is no project at Google; demo- ones are the emulators'.", file=sys.stderr
        )
        return 2
    case = Case(project, web or Web(options.through), sign_in, root)
    told = []
    checks = chosen(machine_only=not project, before_deploy=options.before_deploy)
    for check, finding in findings(checks, case):
        told.append((check, finding))
        if not options.json:
            print(telling.line(check, finding), flush=True)
    if options.json:
        print(json.dumps(telling.as_json(told, case.project), indent=2))
    else:
        print(f"\n{telling.closing(told, case.project)}")
    return 0 if telling.first(told) is None else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.doctor", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--project", default="", help="its id, or its alias in .firebaserc")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    parser.add_argument(
        "--before-deploy", action="store_true", help="leave out what deploying mends by itself"
    )
    parser.add_argument("--list", action="store_true", help="say what is asked, and ask nothing")
    parser.add_argument(
        "--through",
        metavar="URL",
        default=os.environ.get("FIREPOD_THROUGH", ""),
        help="ask https://host/path as URL/host/path: a gateway, or a test (FIREPOD_THROUGH)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
