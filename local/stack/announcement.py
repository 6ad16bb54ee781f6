"""What a ready stack tells people and programs."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.stack.options import Options
from local.stack.parameters import REGION, function_url
from local.stack.ports import HOST
from local.stack.programs import bucket_of, client_environment

_FIRST_THING = 'make example PROMPT="a lighthouse at dusk"'
_EMULATORS = 'eval "$(make env)" && firebase emulators:start'
_TITLES = {
    "hosting": "Console",
    "functions": "Functions",
    "auth": "Auth",
    "firestore": "Firestore",
    "storage": "Storage",
    "tasks": "Tasks",
    "runpod": "RunPod",
    "ui": "Emulators",
}


def stack_urls(options: Options, ports: Mapping[str, int]) -> dict[str, str]:
    """The URL of each part that runs."""
    urls = {name: f"http://{HOST}:{ports[name]}" for name in _TITLES if options.has(name)}
    if "functions" in urls:
        urls["functions"] = function_url(options.project, ports["functions"], "").rstrip("/")
    if "runpod" in urls:
        urls["runpod"] += "/v2"
    return urls


def ready_text(
    options: Options, ports: Mapping[str, int], seconds: float, runpod_url: str = ""
) -> str:
    """`Firepod is ready`, the URLs, and a first thing to try."""
    rows = [f"  {_TITLES[name]:<10} {url}" for name, url in stack_urls(options, ports).items()]
    return "\n".join(
        (
            "",
            f"Firepod is ready ({seconds:.0f} s)",
            "",
            *rows,
            *([f"  {'RunPod':<10} {runpod_url}, with your key"] if options.runpod_key else []),
            f"  {'Logs':<10} {options.shown(options.log_dir)}",
            *_kept(options),
            "",
            *(_at_runpod(options) if options.runpod_key else ()),
            *_next_thing(options),
            "Ctrl-C stops everything.",
            "",
        )
    )


def _next_thing(options: Options) -> list[str]:
    offset = f" PORT_OFFSET={options.port_offset}" if options.port_offset else ""
    if options.whole:
        return [f"Try it in another terminal:  {_FIRST_THING}{offset}"]
    if options.only == {"runpod"} and not offset:
        return [f"The emulators, in another terminal:  {_EMULATORS}"]
    return []


def _at_runpod(options: Options) -> list[str]:
    """What is real now, what it costs, and what bounds that."""
    prices = "; ".join(public_prices(options.root / "functions" / "models.toml"))
    return [
        f"Real media, made by RunPod and paid from your account there: {prices}.",
        "What a user may spend a day stands in functions/.env; functions/.env.local changes it.",
        "",
    ]


def public_prices(table: Path) -> list[str]:
    """What those models cost that are there for everybody who has a key."""
    models = tomllib.loads(table.read_text("utf-8"))["models"].values()
    return [
        f"{one['label']}: ${one['price']['usd']:g} per {one['price']['per']}"
        for one in models
        if one.get("default_for") and one.get("price") and one["dialect"] == "public"
    ]


def _kept(options: Options) -> list[str]:
    if options.data_dir is None:
        return []
    return [f"  {'Data':<10} {options.shown(options.data_dir)}, until ARGS=--fresh"]


def ready_record(
    options: Options, ports: Mapping[str, int], stack_id: str, api_key: str
) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": options.project,
        "region": REGION,
        "bucket": bucket_of(options.project),
        "port_offset": options.port_offset,
        "stack_id": stack_id,
        "pid": os.getpid(),
        "host": HOST,
        "ports": dict(ports),
        "urls": stack_urls(options, ports),
        "environment": client_environment(options.project, ports),
        "runpod_api_key": api_key,
        "log_dir": str(options.log_dir),
    }


def write_ready_file(path: Path, record: Mapping[str, Any]) -> None:
    """Write it whole: who waits for the file may read it as soon as it is there."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    fresh.replace(path)
