"""Every example as somebody starts it who has just cloned this, against a stack of its own.

.venv/bin/python -m tests.examples              all of them, as `make test-examples` does
.venv/bin/python -m tests.examples web node     some
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from local.stack.child import ROOT, RunningStack, running_stack
from tests.examples.browser import make_a_picture

LONGEST_SECONDS = 900.0
START_SECONDS = 300.0
POLL_SECONDS = 0.2


class ExampleFailedError(Exception):
    """An example did not do what it is for; the message is what it said."""


class Examples:
    """The examples by their names; each raises ExampleFailedError."""

    def __init__(self, stack: RunningStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._offset = str(stack.port_offset)

    def web(self) -> None:
        """`npm run dev` installs and serves it; a browser makes a picture. It builds, too."""
        app = ROOT / "examples/web"
        command = ("npm", "--prefix", str(app), "run", "dev", "--", "--port", "0")
        with self._started(command, VITE_PORT_OFFSET=self._offset) as log:
            try:
                make_a_picture(_address(log))
            except (AssertionError, PlaywrightError) as error:
                raise ExampleFailedError(str(error)) from error
        self._run("npm", "--prefix", str(app), "run", "check")
        out = str(self._folder / "web")
        self._run("npm", "--prefix", str(app), "run", "build", "--", "--outDir", out)

    def react_native(self) -> None:
        """Its types are right, and Metro makes the programs for both kinds of phones."""
        app = ROOT / "examples/react-native"
        self._run("node", "../ready.mjs", cwd=app)
        self._run("npm", "run", "check", cwd=app)
        out = self._folder / "phone"
        self._run("npm", "run", "build", "--", "--output-dir", str(out), cwd=app)
        if not list(out.glob("_expo/static/js/*/*.hbc")):
            raise ExampleFailedError(f"There is no program in {out}")

    def node(self) -> None:
        """`make example`."""
        program = str(ROOT / "examples/node/generate.mjs")
        self._run("node", program, "--offset", self._offset, "--prompt", "a boat")

    def python(self) -> None:
        """A picture, and a video of it."""
        out = self._folder / "python"
        out.mkdir()
        program = str(ROOT / "examples/python/generate.py")
        options = ("--port-offset", self._offset, "--out", str(out))
        self._run(sys.executable, program, "a lighthouse", *options)
        if len(list(out.iterdir())) != 2:
            raise ExampleFailedError(f"{out} holds no picture and video")

    def curl(self) -> None:
        """The walk through the REST API."""
        self._run(str(ROOT / "examples/curl.sh"), self._offset)

    def _run(self, *command: str, cwd: Path = ROOT) -> None:
        log = self._log()
        with _group(command, log, cwd, self._environment()) as process:
            try:
                status = process.wait(LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                status = None
        if status != 0:
            raise ExampleFailedError(f"{' '.join(command)}\n{log.read_text('utf-8', 'replace')}")

    @contextmanager
    def _started(self, command: Sequence[str], **more: str) -> Iterator[Path]:
        log = self._log()
        with _group(command, log, ROOT, self._environment() | more) as process:
            deadline = time.monotonic() + START_SECONDS
            while _address(log) == "":
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ExampleFailedError(log.read_text("utf-8", "replace"))
                time.sleep(POLL_SECONDS)
            yield log

    def _log(self) -> Path:
        return Path(tempfile.mkstemp(suffix=".log", dir=self._folder)[1])

    def _environment(self) -> dict[str, str]:
        client = {"PYTHONPATH": str(ROOT / "clients/python")}
        return dict(os.environ) | client | {"CI": "1", "EXPO_NO_TELEMETRY": "1", "NO_COLOR": "1"}


def _address(log: Path) -> str:
    """Where Vite says that it serves; nothing, while it does not say."""
    found = re.search(r"Local:\s+(http://\S+?)/?\s", log.read_text("utf-8", "replace"))
    return found[1] if found else ""


@contextmanager
def _group(
    command: Sequence[str], log: Path, cwd: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program with all that it starts; nothing of it is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)


NAMES: dict[str, Callable[[Examples], None]] = {
    "node": Examples.node,
    "python": Examples.python,
    "curl": Examples.curl,
    "web": Examples.web,
    "react-native": Examples.react_native,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them one after the other; 1 if one failed, which keeps no other from being tried."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.examples",
        description=(__doc__ or "").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}")
    names = parser.parse_args(arguments).names or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"There is no example {unknown[0]}: {', '.join(NAMES)}")
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print("Starting a stack", flush=True)
        with running_stack(folder / "stack") as stack:
            examples = Examples(stack, folder)
            for name in names:
                started = time.monotonic()
                print(f"{name} ... ", end="", flush=True)
                try:
                    NAMES[name](examples)
                    said = "works"
                except ExampleFailedError as error:
                    failed.append(name)
                    said = f"FAILED\n{error}\n"
                print(f"{said} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"Failed: {', '.join(failed)}" if failed else "All examples work.")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
