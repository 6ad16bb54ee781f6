"""The command line: `python -m local.runpod --help`."""

import argparse
import dataclasses
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.runpod.ready_made.crew import HUB
from local.runpod.settings import Settings
from local.runpod.workers import Crew

DEFAULT_ENDPOINTS = ("image", "video", "voice", "tts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    host: str
    port: int
    api_key: str
    endpoints: tuple[str, ...]
    settings: Settings
    crew: Crew | None
    hub: Mapping[str, str]  #: endpoint -> the worker of RunPod's Hub behind it


def parse_arguments(arguments: Sequence[str] | None = None) -> Arguments:
    """Parse the command line; bad ones end the program with a sentence, as argparse does."""
    parser = _build_parser()
    parsed = parser.parse_args(arguments)
    endpoints: dict[str, int] = {}
    for text in parsed.endpoint or DEFAULT_ENDPOINTS:
        endpoint_id, _, count = text.partition(":")
        if not endpoint_id or (count and not count.isdecimal()):
            parser.error(f"--endpoint {text}: expected ID or ID:WORKERS, such as image:2")
        endpoints[endpoint_id] = int(count) if count else parsed.workers
    hub = dict(text.partition("=")[::2] for text in parsed.hub)
    if unknown := [f"{endpoint}={worker}" for endpoint, worker in hub.items() if worker not in HUB]:
        parser.error(f"--hub {unknown[0]}: expected ID=WORKER, with one of {', '.join(HUB)}")
    options = {each.name: getattr(parsed, each.name) for each in dataclasses.fields(Settings)}
    return Arguments(
        host=parsed.host,
        port=parsed.port,
        api_key=parsed.api_key or os.environ.get("RUNPOD_API_KEY") or "local",
        endpoints=tuple(endpoints),
        settings=Settings(**options),
        crew=_build_crew(parsed, endpoints),
        hub=hub,
    )


def _build_crew(parsed: argparse.Namespace, endpoints: dict[str, int]) -> Crew | None:
    command = tuple(shlex.split(parsed.worker_command))
    if parsed.no_workers or not command or not any(endpoints.values()):
        return None
    return Crew(
        command=command,
        floors={each: 0 if parsed.lazy else count for each, count in endpoints.items()},
        # An endpoint with :0 has no workers, whatever there is to do.
        ceilings={
            each: max(count, parsed.scale_to) if count else 0 for each, count in endpoints.items()
        },
        idle_timeout=parsed.idle_timeout,
        write=_print_line,
    )


def _print_line(line: str) -> None:
    print(line, flush=True)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.runpod",
        description="RunPod Serverless on this machine: its API under /v2, its worker protocol, "
        "callbacks, worker processes, and faults under /local/faults.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    endpoints = " ".join(DEFAULT_ENDPOINTS)
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=8900, help="port to listen on; 0 takes a free one")
    add("--api-key", help="key that clients must send (without it: $RUNPOD_API_KEY, or `local`)")
    add(
        "--endpoint",
        action="append",
        metavar="ID[:WORKERS]",
        help=f"an endpoint and how many workers it has; repeatable (without it: {endpoints})",
    )
    add(
        "--hub",
        action="append",
        default=[],
        metavar="ID=WORKER",
        help=f"an endpoint with a ready worker of RunPod's Hub; repeatable ({', '.join(HUB)})",
    )
    add("--workers", type=int, default=1, help="workers of an endpoint that does not say")
    add("--no-workers", action="store_true", help="serve the API only; workers come from elsewhere")
    add(
        "--worker-command",
        default="",
        help="command line of a worker; without one: as with --no-workers",
    )
    add(
        "--lazy",
        action="store_true",
        help="start the workers of an endpoint with its first job, which saves their memory",
    )
    add(
        "--scale-to",
        type=int,
        default=0,
        metavar="WORKERS",
        help="start up to so many workers an endpoint while jobs are waiting",
    )
    add(
        "--idle-timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="stop workers started by --lazy or --scale-to after so long without a job",
    )
    group = parser.add_argument_group("RunPod's numbers")
    for each in dataclasses.fields(Settings):
        flag = f"--{each.name.replace('_', '-')}"
        group.add_argument(flag, default=each.default, **_kind(each))
    return parser


def _kind(option: "dataclasses.Field[Any]") -> dict[str, Any]:
    meaning = option.metadata["help"]
    if isinstance(option.default, bool):
        return {"action": argparse.BooleanOptionalAction, "help": meaning}
    if isinstance(option.default, tuple):
        return {
            "type": lambda text: tuple(filter(None, text.split(","))),
            "metavar": "A,B,...",
            "help": meaning,
        }
    unit = "SECONDS" if isinstance(option.default, float) else "N"
    return {"type": type(option.default), "metavar": unit, "help": meaning}
