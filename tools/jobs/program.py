"""Find any job, see its whole life, and bring it to its end.

    .venv/bin/python -m tools.jobs                                  # the stack of this machine
    .venv/bin/python -m tools.jobs list --project my-project --stuck
    .venv/bin/python -m tools.jobs show FILE_UID --project my-project
    .venv/bin/python -m tools.jobs reconcile --all-stuck            # says what would change
    .venv/bin/python -m tools.jobs fail FILE_UID --why "We had an outage. Please try again." --yes
    .venv/bin/python -m tools.jobs requeue FILE_UID --yes
    .venv/bin/python -m tools.jobs replay FILE_UID --body callback.json

Everything that changes something only says what it would change, until it is given --yes. It takes
the credentials of `gcloud auth application-default login`, or the emulators that the environment
names (as `make env` prints them), or those of `make start`. With RUNPOD_API_KEY it asks and stops
RunPod's jobs by itself; without, the deployment's next sweep does so, within a minute.

Exit codes: 0 done, 1 something could not be done, 2 the command line is wrong.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from firepod.domain.errors import FirepodError, Unauthenticated
from firepod.domain.users import parse_user_id
from firepod.kinds import paths
from firepod.protocol.runpod import JobReport, NotRunpod, parse_report
from tools.jobs import arguments, changes, listing, whole_life
from tools.jobs.explained import explained
from tools.jobs.finding import Finder
from tools.jobs.one_by_one import Change, Work, change_all
from tools.jobs.place import Asked, NoPlace, Place, open_place

DONE, NOT_DONE, USAGE = 0, 1, 2


def main(
    given: Sequence[str] | None = None,
    opening: Callable[[Asked], Place] = open_place,
) -> int:
    """Run it; returns the exit code."""
    parser = arguments.parser(__doc__ or "")
    options = parser.parse_args(arguments.with_default(sys.argv[1:] if given is None else given))
    try:
        _check(options)
        change = _change_of(options)
    except ValueError as error:
        print(f"{error}", file=sys.stderr)
        return USAGE
    asked = Asked(
        project=options.project,
        port_offset=options.port_offset,
        bucket=options.bucket,
        logging_url=options.logging_url,
    )
    try:
        place = opening(asked)
        print(f"Looking at {place.name}.", file=sys.stderr)
        return _run(place, options, change)
    except NoPlace as error:
        print(f"{error}", file=sys.stderr)
    except FirepodError as error:
        print(explained(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    return NOT_DONE


def _run(place: Place, options: argparse.Namespace, change: Change | None) -> int:
    if options.command == "list":
        return _list(place, options)
    if options.command == "show":
        return _show(place, options)
    if place.unknown:
        raise NoPlace(place.unknown)
    ids = list(dict.fromkeys(options.file_uid))
    if getattr(options, "all_stuck", False):
        found = _listing(place, options, stuck_only=True)
        ids = [row.file_uid for row in found.rows]
        if found.more:
            print(f"Takes the oldest {len(ids)}; there may be more.", file=sys.stderr)
        if not ids:
            print("No job is stuck.")
            return DONE
    if change is None:
        raise ValueError(options.command)
    work = Work(place, change, write=options.yes, user_id=options.user, as_json=options.json)
    return DONE if change_all(work, ids) else NOT_DONE


def _listing(place: Place, options: argparse.Namespace, *, stuck_only: bool) -> listing.Listing:
    return listing.find(
        Finder(place.client),
        place.backend.clock.now(),
        user_id=options.user,
        status=getattr(options, "status", None),
        older_than=getattr(options, "older_than", timedelta()),
        stuck_only=stuck_only,
        limit=options.limit,
    )


def _list(place: Place, options: argparse.Namespace) -> int:
    found = _listing(place, options, stuck_only=options.stuck)
    if options.json:
        print(json.dumps(listing.as_json(found), indent=2))
    else:
        listing.told(found, print)
    return DONE


def _show(place: Place, options: argparse.Namespace) -> int:
    lives = [
        life for uid in options.file_uid for life in whole_life.gather(place, uid, options.user)
    ]
    if options.json:
        print(json.dumps([whole_life.as_json(one) for one in lives], indent=2, default=_plain))
    else:
        for number, life in enumerate(lives):
            print("\n" if number else "", end="")
            whole_life.told(life, print)
    nothing = any(one.ref is None and not one.logs for one in lives)
    return NOT_DONE if nothing else DONE


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _check(options: argparse.Namespace) -> None:
    """Raises ValueError, with a sentence."""
    if options.user is not None:
        try:
            parse_user_id(options.user)
        except Unauthenticated:
            raise ValueError("--user: this is no user id.") from None
    ids, all_stuck = getattr(options, "file_uid", []), getattr(options, "all_stuck", False)
    for one in ids:
        if not paths.is_file_uid(one):
            raise ValueError(f"{one!r} is no id of a generation.")
    if options.command != "list" and bool(ids) == all_stuck:
        raise ValueError(
            "Name one or more ids, or --all-stuck; not both."
            if hasattr(options, "all_stuck")
            else "Name one or more ids."
        )


def _change_of(options: argparse.Namespace) -> Change | None:
    """What is done to each generation; raises ValueError where the options are wrong."""
    match options.command:
        case "reconcile":
            return lambda backend, ref, place: changes.reconcile(
                backend, ref, looks_here=place.looks_here
            )
        case "fail":
            why = _sentence(options.why)
            return lambda backend, ref, _place: changes.fail(backend, ref, why)
        case "requeue":
            return lambda backend, ref, _place: changes.requeue(backend, ref)
        case "replay":
            report = _report(options.body)
            return lambda backend, ref, _place: changes.replay(backend, ref, report)
    return None


def _sentence(text: str) -> str:
    why = text.strip()
    if not why or not why.isprintable() or len(why) > changes.MAX_WHY_CHARS:
        raise ValueError(
            f"--why: a sentence of up to {changes.MAX_WHY_CHARS} characters, which its user reads."
        )
    return why


def _report(path: str | None) -> JobReport | None:
    if path is None:
        return None
    try:
        body = sys.stdin.buffer.read() if path == "-" else arguments.bytes_of(path)
        return parse_report(body)
    except OSError as error:
        raise ValueError(f"--body: {path} cannot be read: {error.strerror}.") from None
    except NotRunpod:
        raise ValueError(
            "--body: this is no callback of RunPod's: JSON with id and status."
        ) from None
