"""The command line of `python -m tools.jobs`."""

import argparse
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from firepod.domain.generation import Phase, Status
from tools.jobs import cloud_logs

LIMIT = 100
MAX_LIMIT = 1000
STATES = (*map(str, Status), "gone", *map(str, Phase))
_RUN = ".venv/bin/python -m tools.jobs"
_EXAMPLES = {
    "list": ("list --stuck", "list --project my-project --older-than 10m --status queued"),
    "show": ("show FILE_UID", "show FILE_UID --project my-project --json"),
    "reconcile": ("reconcile FILE_UID", "reconcile --all-stuck --limit 20 --yes"),
    "fail": ('fail FILE_UID --why "We had an outage. Please try again." --yes',),
    "requeue": ("requeue FILE_UID FILE_UID --project my-project --yes",),
    "replay": ("replay FILE_UID", "replay FILE_UID --body callback.json --yes"),
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parser(described: str) -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(prog="python -m tools.jobs", description=described)
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    listed = _command(commands, "list", "the jobs that there are, the oldest first (the default)")
    listed.add_argument("--stuck", action="store_true", help="only those that are called stuck")
    listed.add_argument("--status", choices=STATES, metavar="STATUS", help=", ".join(STATES))
    listed.add_argument(
        "--older-than", type=span, default=timedelta(), metavar="10m", help="30s, 10m, 2h or 1d"
    )
    _limit(listed)

    shown = _command(commands, "show", "the whole life of a generation, by its id alone")
    shown.add_argument("file_uid", nargs="+", metavar="FILE_UID")

    for name, said in (
        ("reconcile", "look after its job now"),
        ("fail", "end it as failed, `stopped`, and have RunPod's job stopped"),
        ("requeue", "start a failed or cancelled one again, as its user's retry would"),
        ("replay", "take a callback as RunPod would send it"),
    ):
        one = _command(commands, name, f"{said}; says what would change, until --yes")
        one.add_argument("file_uid", nargs="*", metavar="FILE_UID")
        one.add_argument("--yes", action="store_true", help="do it; without, only say what")
        if name != "requeue":  # what is stuck has not ended
            one.add_argument(
                "--all-stuck", action="store_true", help="those that `list --stuck` has"
            )
            _limit(one)
        if name == "fail":
            one.add_argument("--why", required=True, metavar="TEXT", help="what its user reads")
        if name == "replay":
            one.add_argument("--body", metavar="FILE", help="RunPod's body; default: its /status")
    return top


def with_default(given: Sequence[str]) -> list[str]:
    """`list` where no command is named; options may come before one."""
    if any(one in _EXAMPLES for one in given) or {"-h", "--help"} & set(given):
        return list(given)
    return ["list", *given]


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, said: str
) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=said, description=f"{said[0].upper()}{said[1:]}.")
    one.formatter_class = argparse.RawDescriptionHelpFormatter
    one.epilog = "\n".join(["examples:", *(f"  {_RUN} {words}" for words in _EXAMPLES[name])])
    one.add_argument("--project", metavar="ID", help="default: the stack of this machine")
    one.add_argument("--port-offset", type=int, default=0, metavar="N", help="of that stack")
    one.add_argument("--bucket", help="default: FIREBASE_STORAGE_BUCKET, or the project's own")
    one.add_argument("--user", metavar="UID", help="only what is this user's")
    one.add_argument("--json", action="store_true", help="for programs")
    one.add_argument("--logging-url", default=cloud_logs.URL, help=argparse.SUPPRESS)
    return one


def _limit(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--limit", type=_number, default=LIMIT, metavar="N", help=f"at most so many, {LIMIT}"
    )


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_LIMIT}")
    return int(text)


def span(text: str) -> timedelta:
    """`30s`, `10m`, `2h` or `1d`."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError("a span such as 30s, 10m, 2h or 1d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def bytes_of(path: str) -> bytes:
    """A file of the command line's."""
    return Path(path).read_bytes()
