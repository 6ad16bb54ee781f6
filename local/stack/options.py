"""What a stack is started with."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

EMULATORS = ("auth", "functions", "firestore", "storage", "tasks", "hosting")
PARTS = (*EMULATORS, "runpod")
KEPT = ("auth", "firestore", "storage")
"""The emulators whose data firebase-tools exports; it does so only for those that run."""
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One stack."""

    root: Path  #: of the repository
    project: str  #: a demo- project: firebase-tools then asks Google for nothing
    port_offset: int  #: added to every port
    only: frozenset[str]  #: the parts to start, of PARTS
    parameters: Mapping[str, str] = field(default_factory=dict)  #: over those of functions/.env*
    worker_environment: Mapping[str, str] = field(default_factory=dict)  #: "" unsets a variable
    workers: int = 1  #: of the local RunPod, for each endpoint
    bell_seconds: float = 60.0  #: how often the schedule rings; 0: never
    ready_seconds: float = 180.0  #: how long a start may take
    log_dir: Path  #: complete output of every program, and the stack's generated files
    data_dir: Path | None = (
        None  #: keeps users, documents and files between runs; None: nothing does
    )
    fresh: bool = False  #: forget what is kept
    ready_file: Path | None = None  #: gets the URLs as JSON once everything answers
    official_emulators: bool = False  #: Google's jars and Java instead of the stand-ins
    ui: bool | None = None  #: the Emulator UI; None: where it was downloaded before
    verbose: bool = False  #: show every line of every program
    runpod_key: str = field(default="", repr=False)  #: of an account at RunPod, which it is to use

    @property
    def whole(self) -> bool:
        """Whether nothing was left out of what somebody wants to try."""
        return self.only >= {*EMULATORS, *(() if self.runpod_key else ("runpod",))}

    @property
    def parts(self) -> frozenset[str]:
        """What listens on ports of its own."""
        return self.only | {"ui"} if self.ui else self.only

    def has(self, part: str) -> bool:
        return part in self.parts

    def shown(self, path: Path) -> Path:
        """A path as people read it: from the repository's root if it is inside."""
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def parse_options(arguments: Sequence[str] | None, environment: Mapping[str, str]) -> Options:
    """The options of a command line; wrong ones end the program with a sentence."""
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="python -m local.stack", description=__doc__)
    parser.description = "Run Firepod on this machine until Ctrl-C."
    add = parser.add_argument
    add("--port-offset", type=int, default=0, metavar="N", help="added to every port")
    add("--project", default="demo-firepod", metavar="ID", help="starts with demo-")
    add("--only", default=",".join(PARTS), metavar="PARTS", help=f"some of {','.join(PARTS)}")
    add("--env", action="append", default=[], metavar="NAME=VALUE", help="a function parameter")
    add("--worker-env", action="append", default=[], metavar="NAME=VALUE", help="for the workers")
    add("--workers", type=int, default=1, metavar="N", help="RunPod workers for each endpoint")
    add("--bell-seconds", type=float, default=60.0, metavar="S", help="schedule period; 0: never")
    add("--ready-seconds", type=float, default=180.0, metavar="S", help="longest start")
    add("--log-dir", type=Path, metavar="DIR", help="default .firepod/stack-N")
    add("--data-dir", type=Path, metavar="DIR", help="kept between runs; none: nothing is")
    add("--fresh", action="store_true", help="forget what the last run has kept")
    add("--ready-file", type=Path, metavar="FILE", help="gets JSON with the URLs when ready")
    add(
        "--ui",
        action=argparse.BooleanOptionalAction,
        help="the Emulator UI, a download; by itself where it is already here",
    )
    add("--verbose", action="store_true", help="show every line of every program")
    given = parser.parse_args(arguments)

    only = frozenset(filter(None, given.only.split(",")))
    if unknown := only - frozenset(PARTS):
        parser.error(f"--only: no such part: {', '.join(sorted(unknown))}")
    if not given.project.startswith("demo-"):
        parser.error("--project: a local project starts with demo-")
    if not 0 <= given.port_offset <= 50_000:
        parser.error("--port-offset: 0 to 50000")
    key = environment.get("RUNPOD_API_KEY", "").strip() if "functions" in only else ""
    if key and not _KEY.fullmatch(key):
        parser.error("RUNPOD_API_KEY: letters, digits, - and _ only")
    if key:
        only -= {"runpod"}  # RunPod itself is in its place
    kind = environment.get("EMULATORS", "stand-in")
    if kind not in ("stand-in", "official"):
        parser.error("EMULATORS: stand-in or official")
    try:
        parameters = _assignments(given.env)
        worker_environment = _assignments(given.worker_env)
    except ValueError as error:
        parser.error(str(error))
    official = kind == "official"
    kept = root / ".firepod" / f"data-{given.port_offset}{'-official' if official else ''}"
    data_dir = given.data_dir or kept
    if str(data_dir) == "none" or not only.issuperset(KEPT):
        data_dir = None  # an export of some emulators would be the end of the others' data
    log_dir = given.log_dir or root / ".firepod" / f"stack-{given.port_offset}"
    return Options(
        root=root,
        project=given.project,
        port_offset=given.port_offset,
        only=only,
        parameters=parameters,
        worker_environment=worker_environment,
        workers=given.workers,
        bell_seconds=given.bell_seconds,
        ready_seconds=given.ready_seconds,
        log_dir=log_dir.resolve(),
        data_dir=data_dir.resolve() if data_dir else None,
        fresh=given.fresh,
        ready_file=given.ready_file.resolve() if given.ready_file else None,
        official_emulators=official,
        ui=given.ui,
        verbose=given.verbose,
        runpod_key=key,
    )


def _assignments(given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name or "=" for name, sign, _ in pairs if not (name and sign)]:
        raise ValueError(f"not NAME=VALUE: {', '.join(wrong)}")
    return {name: value for name, _, value in pairs}
