"""How long a worker waits for Firebase: the GPU is billed meanwhile, and there is a next way.

What takes longer is left alone in its thread. It can do no harm there: an object is created once,
and a generation ends once, whoever of the two comes first.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

TRIES = 3
PAUSE_SECONDS = 1.0
DOWNLOAD_SECONDS = 90.0  # a slow host must not hold a GPU
# What RunPod keeps of an answer is 20 MB of base64; larger media have no next way, so they get the
# time that a slow line needs.
INLINE_BYTES = 15_000_000
SLOWEST_BYTES_PER_SECOND = 1_000_000

_T = TypeVar("_T")


class UploadFailed(Exception):
    """The media could not be handed over to Firebase, not even after several tries."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each; the first two together, after the engine, stay below 45."""

    firestore: float = 14.0  #: one change of the records
    storage: float = 28.0  #: all uploads of a job
    download: float = DOWNLOAD_SECONDS  #: one input by its URL, before the engine

    def for_uploads(self, files: Iterable[Path]) -> "Patience":
        size = sum(file.stat().st_size for file in files)
        return Patience(self.storage + max(0, size - INLINE_BYTES) / SLOWEST_BYTES_PER_SECOND)


class Patience:
    """A time that begins now, for whatever is done within it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def within(self, call: Callable[[], _T]) -> _T:
        """What `call` gives, or TimeoutError when the time is over."""
        return within(self.left, call)

    def again(self, upload: Callable[[], _T]) -> _T:
        """What `upload` gives, tried again as long as there is time.

        Raises:
            UploadFailed: it still fails at the last try, or the time is over.
        """
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                return self.within(upload)
            except Exception as error:  # the libraries below have no common root
                if not tries_left or self.left <= PAUSE_SECONDS:
                    raise UploadFailed from error
                time.sleep(PAUSE_SECONDS)
        raise UploadFailed


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """What `call` gives, or TimeoutError when the time is over."""
    outcome: Future[_T] = Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return outcome.result(seconds)
