"""Watch a project: metrics of its log, a dashboard, and alerts, as `operations/` has them.

    python -m tools.alerts show --project my-project
    python -m tools.alerts install --project my-project --email you@example.com        # a dry run
    python -m tools.alerts install --project my-project --email you@example.com --yes
    python -m tools.alerts delete --project my-project --yes

Whatever is there already is updated, by its name, and what is right is left alone; so it may be run
as often as one likes, and after each change of a file. Whom an alert tells beside those of --email,
and whether it is enabled, stays as it is in the project. Exit codes: 0 done (or, for `show`, all is
as it should be), 1 something is missing or was refused, 2 usage.
It takes the credentials of `gcloud auth application-default login`.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence

from tools.alerts import installation, wanted
from tools.alerts.google import LOGGING, MONITORING, Google, Refused
from tools.alerts.installation import Kind, State, Thing

WOULD = {
    State.THERE: "is as it should be",
    State.MISSING: "would be created",
    State.DIFFERS: "would be updated",
    State.LEFT_OVER: "would be deleted: no file asks for it any more",
}
STANDS = {
    State.THERE: "as it should be",
    State.MISSING: "not there",
    State.DIFFERS: "not as its file",
    State.LEFT_OVER: "no file asks for it any more",
}


def main(
    arguments: Sequence[str] | None = None, pause: Callable[[float], None] = time.sleep
) -> int:
    """Run it; returns the exit code."""
    options = _parser().parse_args(arguments)
    project = wanted.project_of(options.project)
    if problem := _problem(project, options.email):
        print(problem, file=sys.stderr)
        return 2
    urls = {"logging_url": options.logging_url, "monitoring_url": options.monitoring_url}
    google = Google(project, **urls, pause=pause)
    try:
        return _run(google, options)
    except Refused as refused:
        print(refused, file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. What was done stays; run it again for the rest.", file=sys.stderr)
    return 1


def _run(google: Google, options: argparse.Namespace) -> int:
    docs = options.docs if options.docs is not None else wanted.page_on_the_web()
    things = installation.look(google, wanted.read(docs), options.email)
    if options.what == "show":
        return _show(google, things)
    if options.what == "delete":
        return _delete(google, things, yes=options.yes)
    for thing in things if not options.yes else ():
        print(f"{thing.kind} {thing.name}: {WOULD[thing.state]}")
    if not options.yes:
        print("Nothing was changed. With --yes it is.")
        return 0
    installation.install(google, things, print)
    print(f"Done: https://console.cloud.google.com/monitoring/dashboards?project={google.project}")
    if not _somebody_is_told(things, options.email):
        print("Nobody is told of an alert yet: run it with --email you@example.com")
    return 0


def _somebody_is_told(things: Sequence[Thing], emails: Sequence[str]) -> bool:
    alerts = [one.found or {} for one in things if one.kind is Kind.ALERT]
    return bool(emails) or any(one.get("notificationChannels") for one in alerts)


def _show(google: Google, things: Sequence[Thing]) -> int:
    for thing in things:
        print(f"{thing.kind} {thing.name}: {STANDS[thing.state]}{_more(thing)}")
        if thing.kind is Kind.DASHBOARD and thing.found is not None:
            board = str(thing.found["name"]).rpartition("/")[2]
            print(
                "  https://console.cloud.google.com/monitoring/dashboards/builder/"
                f"{board}?project={google.project}"
            )
    return 0 if all(one.state is State.THERE for one in things) else 1


def _more(thing: Thing) -> str:
    """What of an alert the project decides, and no file."""
    if thing.kind is not Kind.ALERT or thing.found is None:
        return ""
    channels = len(thing.found.get("notificationChannels", ()))
    off = "" if thing.found.get("enabled", True) else ", turned off"
    return f", tells {channels or 'nobody'}{'' if channels == 0 else ' channels'}{off}"


def _delete(google: Google, things: Sequence[Thing], *, yes: bool) -> int:
    things = [one for one in things if one.found is not None and one.kind is not Kind.CHANNEL]
    things += installation.own_channels(google)
    if yes:
        installation.delete(google, things, print)
        return 0
    for thing in things:
        print(f"{thing.kind} {thing.name}: would be deleted")
    print("Nothing was changed. With --yes it is." if things else "There is nothing of ours.")
    return 0


def _problem(project: str, emails: Sequence[str]) -> str:
    if project.startswith("demo-"):
        return f"{project} is a project of the emulators: it has no log to watch. Name a real one."
    if not re.fullmatch(r"[a-z][a-z0-9.:-]{2,60}[a-z0-9]", project):
        return f"{project!r} is no id of a project; `firebase projects:list` shows yours."
    wrong = [one for one in emails if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", one)]
    return f"{wrong[0]!r} is no address for mail." if wrong else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.alerts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", choices=("show", "install", "delete"))
    parser.add_argument("--project", required=True, help="its id, or an alias of .firebaserc")
    parser.add_argument("--yes", action="store_true", help="do it; without, only say what would be")
    parser.add_argument(
        "--email", action="append", default=[], help="who is told; several times for several"
    )
    parser.add_argument(
        "--docs",
        metavar="URL",
        help="where docs/operation.md can be read, to which alerts link;"
        " default: this checkout's `origin`, if it is at GitHub",
    )
    parser.add_argument("--logging-url", default=LOGGING, help="another one gets no credentials")
    parser.add_argument("--monitoring-url", default=MONITORING, help="the same")
    return parser


if __name__ == "__main__":
    sys.exit(main())
