"""Calls that wait for somebody else, several at a time."""

import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

AT_A_TIME = 8  # requests of one call; the library keeps ten connections
_T = TypeVar("_T")


class SideBySide:
    """What `Bucket` and `TaskQueue` inherit, whose calls wait for Google.

    Each call has its caller's context, so that what it logs belongs to the same request.
    """

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        if len(calls) < 2:
            return [call() for call in calls]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(calls), AT_A_TIME)) as pool:
            return [running.result() for running in [_submitted(pool, call) for call in calls]]

    def beside(self, call: Callable[[], _T]) -> Callable[[], _T]:
        from concurrent.futures import Future

        asked: Future[_T] = Future()

        def ask() -> None:
            try:
                asked.set_result(call())
            except Exception as error:  # noqa: BLE001 (for who waits)
                asked.set_exception(error)

        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(ask,), daemon=True, name="beside").start()
        return asked.result


def _submitted(pool: "ThreadPoolExecutor", call: Callable[[], _T]) -> "Future[_T]":
    return pool.submit(contextvars.copy_context().run, call)
