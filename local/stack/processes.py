"""Every process of a stack, found again however it was started, and ended.

firebase-tools starts emulators in sessions of their own and leaves functions-framework processes
behind, so neither process groups nor parents reach all of them. What every descendant inherits is
the environment: it carries the stack's id.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Collection, Iterator

import psutil

MARK = "FIREPOD_STACK_ID"
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def processes_of(stack_id: str) -> Iterator[psutil.Process]:
    """The living processes that carry the stack's id."""
    for process in psutil.process_iter():
        # Those of other users, and those that end meanwhile, cannot be read.
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.environ().get(MARK) == stack_id:
                yield process


def end_processes(stack_id: str, grace_seconds: float) -> None:
    """End every process of the stack: ask, wait up to `grace_seconds`, then kill; until none is."""
    for ask in (True, False, False):  # killing twice: a process may have started one meanwhile
        found = [process for process in processes_of(stack_id) if process.pid != os.getpid()]
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.terminate() if ask else process.kill()
        psutil.wait_procs(found, timeout=grace_seconds)
        if not found:
            return


def adopt_orphans() -> None:
    """Make orphaned descendants children of this process instead of init's, where that exists."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(stack_id: str, supervised: Collection[int]) -> None:
    """End the adopted processes: children of this process that are not in `supervised`.

    They are what firebase-tools leaves behind each time it reloads the functions.
    """
    for process in psutil.Process().children():
        if process.pid in supervised:
            continue
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                process.wait(timeout=0)  # nobody else collects its exit status
            elif process.environ().get(MARK) == stack_id:
                process.terminate()
