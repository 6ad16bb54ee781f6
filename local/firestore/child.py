"""A Firestore as a child process: for tests and benchmarks, on a free port beside any other one."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
LAST_WORDS = 2000  # characters of its errors that are told
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextmanager
def running_firestore(log: Path | None = None, *, flags: Sequence[str] = ()) -> Iterator[int]:
    """A server that answers; gives its port. Its errors go to `log`, or are told if it fails.

    It ends with the block, and with this process if that is killed. Raises RuntimeError when the
    server does not start, or ends with another code than 0.
    """
    with ExitStack() as files:
        opened = TemporaryFile("w+") if log is None else log.open("w+")  # noqa: SIM115 (by the stack)
        errors = files.enter_context(opened)
        process = subprocess.Popen(
            [sys.executable, "-m", "local.firestore", "--host", "127.0.0.1", "--port", "0", *flags],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 (one system call, no locks)
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("Firestore is running on 127.0.0.1:"):
                raise RuntimeError(
                    f"the local Firestore did not start: {line}{_last_words(errors)}"
                )
            yield int(line.rpartition(":")[2])
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=STOP_SECONDS)
        if process.returncode != 0:
            code = process.returncode
            raise RuntimeError(f"the local Firestore ended with code {code}{_last_words(errors)}")


def _last_words(errors: TextIO) -> str:
    errors.seek(0)
    words = errors.read().strip()[-LAST_WORDS:]
    return f"\n{words}" if words else ""


def end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent dies; runs in the child before it becomes a program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
