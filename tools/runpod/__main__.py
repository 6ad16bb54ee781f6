"""Make, show and delete the endpoints of a deployment at RunPod, as worker/endpoints.toml has them.

    export RUNPOD_API_KEY=...  # Read/Write
    python -m tools.runpod endpoints create --project my-project          # says what it would do
    python -m tools.runpod endpoints create --project my-project --yes    # and does it
    python -m tools.runpod endpoints show --project my-project            # 1 where the file differs
    python -m tools.runpod endpoints delete --project my-project --only videos --yes

`create` finds endpoints by their names, firepod-{project}-{entry}: run it again after any change
of the file, and after whatever has stopped it. It writes the ids into functions/.env.<project> and
leaves everything else there as it is. The key is read from RUNPOD_API_KEY and never shown.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from firepod.addresses import parse_base_url
from firepod.domain.errors import Misconfigured
from firepod.models.parameters import DEFAULT
from firepod.models.table import read_models
from tools.runpod import commands, endpoints_file, env_file
from tools.runpod.api import KEYS, URL, RunPod
from tools.runpod.errors import Stopped

ROOT = Path(__file__).parents[2]
STOPPED, USAGE, INTERRUPTED = 1, 2, 130


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Run it; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        here = _deployment(options, environment)
        runpod = _runpod(options, environment, here, pause)
        match options.verb:
            case "create":
                return commands.create(runpod, here, _tell, yes=options.yes)
            case "show":
                return commands.show(runpod, here, _tell)
        return commands.delete(runpod, here, _tell, yes=options.yes, force=options.force)
    except Misconfigured as error:
        print("\n".join(error.problems), file=sys.stderr)
    except Stopped as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. Run it again: it goes on where this has ended.", file=sys.stderr)
        return INTERRUPTED
    return STOPPED


def _deployment(options: argparse.Namespace, environment: Mapping[str, str]) -> commands.Deployment:
    functions: Path = options.functions
    parameters = env_file.parameters(functions, options.project)
    seconds = parameters.get("EXECUTION_TIMEOUT_SECONDS", "")
    if not seconds.isdigit() or not 5 <= int(seconds) <= 7 * 86_400:
        raise Stopped(f"EXECUTION_TIMEOUT_SECONDS in {functions}/.env must be 5 or more seconds.")
    file = endpoints_file.read(options.file)
    return commands.Deployment(
        project=options.project,
        env=functions / f".env.{options.project}",
        timeout_seconds=int(seconds),
        endpoints=endpoints_file.chosen(file, options.only or []),
        names=file.endpoints.keys(),
        pools=file.pools,
        models=read_models(functions / (parameters.get("MODELS") or DEFAULT)),
        environment=environment,
    )


def _runpod(
    options: argparse.Namespace,
    environment: Mapping[str, str],
    here: commands.Deployment,
    pause: Callable[[float], None],
) -> RunPod:
    key = environment.get("RUNPOD_API_KEY", "").strip()
    if not re.fullmatch(r"[\x21-\x7e]{8,}", key):
        raise Stopped(f"Set RUNPOD_API_KEY to a key of yours with Read/Write: {KEYS}")
    parameters = env_file.parameters(options.functions, here.project)
    urls = {"--api": options.api, "RUNPOD_BASE_URL": parameters.get("RUNPOD_BASE_URL", "")}
    for name, url in urls.items():
        local = re.match(r"http://127\.0\.0\.1[:/]", url) is not None
        try:
            urls[name] = parse_base_url(url, local=local)
        except ValueError as error:
            raise Stopped(f"{name} {error}.") from None
    return RunPod(key, urls["--api"], urls["RUNPOD_BASE_URL"], _tell, pause)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.runpod", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    what = parser.add_subparsers(dest="what", required=True)
    endpoints = what.add_parser("endpoints", help="the Serverless endpoints of our workers")
    verbs = endpoints.add_subparsers(dest="verb", required=True)
    for verb, does, more in (
        ("create", "make what is missing, change what differs, write the ids", " --yes"),
        ("show", "what is there, with its workers and jobs, and where it differs", ""),
        ("delete", "delete them, and take their ids away", " --yes --force"),
    ):
        words = f"python -m tools.runpod endpoints {verb} --project my-project"
        examples = "\n  ".join(["for example:", words, f"{words} --only pictures{more}"])
        one = verbs.add_parser(verb, help=does, description=does, epilog=examples)
        one.formatter_class = argparse.RawDescriptionHelpFormatter
        one.add_argument("--project", required=True, type=_project, help="of Firebase")
        one.add_argument(
            "--only", action="append", metavar="ENTRY", help="of the file; default: all"
        )
        one.add_argument("--file", type=Path, default=ROOT / "worker" / "endpoints.toml")
        one.add_argument(
            "--functions", type=Path, default=ROOT / "functions", help="has .env files"
        )
        one.add_argument("--api", default=URL, metavar="URL", help="default: %(default)s")
        if verb != "show":
            one.add_argument("--yes", action="store_true", help="do it; without, only look")
        if verb == "delete":
            one.add_argument("--force", action="store_true", help="although jobs wait or run there")
    return parser


def _project(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", text):
        raise argparse.ArgumentTypeError("this is no id of a Firebase project")
    if text.startswith("demo-"):
        raise argparse.ArgumentTypeError("projects called demo-... are for the emulators alone")
    return text


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
