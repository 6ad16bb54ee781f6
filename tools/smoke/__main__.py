"""Make the cheapest picture as a user would, look at it, and erase it; tells the time of each step.

    make smoke PROJECT=my-project                     # of what is deployed
    make smoke                                        # of the stack that `make start` runs here
    make smoke PROJECT=my-project ARGS=--dry-run      # what it would make, and what that costs
    make smoke PROJECT=my-project ARGS="--wait 900"   # where a worker has to start first
    .venv/bin/python -m tools.smoke --base-url https://staging.example --json

The test user is a guest, or where guests are off one by e-mail; it is deleted again with all that
is its own, on Ctrl-C, too. Where App Check is enforced, APP_CHECK_TOKEN is a token of yours. Exit
code: 0 everything worked, 1 a step did not, 2 the command itself is wrong, 130 after Ctrl-C.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence

from tools.doctor.case import read_aliases
from tools.smoke.run import Options, Told, run
from tools.smoke.wire import Failed, Wire

HOSTING_PORT = 5005
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, wire: Wire | None = None) -> int:
    """Run it; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.wait <= 0:
        parser.error("--wait is a number of seconds above 0")
    project = read_aliases().get(given.project, given.project)
    url = given.base_url or (f"https://{project}.web.app" if project else _here(given.port_offset))
    if not url.startswith(("https://", "http://")):
        parser.error("--base-url is https://, or http:// of this machine")
    say = (lambda text: print(text, file=sys.stderr)) if given.json else _print
    options = Options(
        url=url,
        wait=given.wait,
        model=given.model,
        app_check=os.environ.get("APP_CHECK_TOKEN", ""),
        dry_run=given.dry_run,
    )
    told = Told(say)
    failed, code = "", 0
    try:
        run(wire or Wire(given.through), options, told)
        say(f"{url} works: {told.seconds():.1f} s in all.")
    except Failed as error:
        failed, code = error.says, 1
        say(f"\n{url} does not work: {error.says}{f' -> {error.hint}' if error.hint else ''}")
        if not project and not given.base_url:
            say("A stack of this machine is started with: make start")
    except (KeyError, TypeError, ValueError) as error:
        failed, code = f"an answer has another form than it should ({type(error).__name__})", 1
        say(f"\n{url} does not work: {failed}.")
    except KeyboardInterrupt:
        failed, code = "interrupted", INTERRUPTED
        say("\nInterrupted.")
    if told.left_behind:
        say(f"Left behind: {told.left_behind}")
    if given.json:
        said = {"url": url, "ok": not code, "error": failed or None, "steps": told.steps}
        print(json.dumps(said))
    return code


def _print(text: str) -> None:
    print(text, flush=True)


def _here(offset: int) -> str:
    return f"http://127.0.0.1:{HOSTING_PORT + offset}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.smoke", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--project", default="", help="its id, or its alias in .firebaserc")
    where.add_argument("--base-url", default="", help="of its Hosting site, as a domain of its own")
    where.add_argument("--port-offset", type=int, default=0, help="of a stack of this machine")
    parser.add_argument("--model", default="", help="one of GET /api/models; default: the cheapest")
    parser.add_argument(
        "--wait",
        type=float,
        default=300.0,
        help="seconds until the picture has to be there, and again until it has to be gone (300)",
    )
    parser.add_argument("--dry-run", action="store_true", help="choose, and make nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument(
        "--through",
        metavar="URL",
        default=os.environ.get("FIREPOD_THROUGH", ""),
        help="ask https://host/path as URL/host/path: a gateway, or a test (FIREPOD_THROUGH)",
    )
    return parser


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)  # as Ctrl-C, so that it erases then, too
    sys.exit(main())
