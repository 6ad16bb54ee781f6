"""What no code of ours has caught becomes one line of the log, never a traceback.

RunPod's SDK tells progress in threads of its own and lets go of its jobs' tasks. What fails there,
an answer that does not come in time or a shutdown in the middle of it, Python would print with a
traceback, and with the error's text, which may hold a URL that lets anybody upload.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

_NAMED = "%(name)s: %(message)s"


def tell_in_lines(tell: Callable[[str], None]) -> None:
    """Let `tell` have a line for each error of a thread, a destructor or a library's logger."""
    threading.excepthook = lambda args: tell(_line("a thread", args.exc_value))
    # What is left to be cleared up when the interpreter ends comes this way, too.
    sys.unraisablehook = lambda args: tell(_line("clearing up", args.exc_value))
    handler = _Lines(tell)
    handler.setFormatter(_OneLine(_NAMED))
    # In place of the handler that RunPod's SDK has set when it was imported.
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def places(error: BaseException) -> str:
    """Where it happened; not what it said, which may hold a user's prompt."""
    found = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return " < ".join(reversed(found[-6:]))


def _line(where: str, error: BaseException | None) -> str:
    if error is None:
        return f"uncaught in {where}"
    return f"uncaught in {where}: {type(error).__name__} at {places(error)}"


class _Lines(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(self.format(record))


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return super().format(record)
        # asyncio's message repeats the task and, in it, the error's text.
        return f"{record.name}: {_line(record.module, error)}"
