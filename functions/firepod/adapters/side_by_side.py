"""Calls that wait for somebody else, several at a time."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

AT_A_TIME = 8  # requests of one call; the library keeps ten connections
_T = TypeVar("_T")


class SideBySide:
    """What `Bucket` and `TaskQueue` inherit, whose calls wait for Google."""

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        if len(calls) < 2:
            return [call() for call in calls]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(len(calls), AT_A_TIME)) as pool:
            return [running.result() for running in [pool.submit(call) for call in calls]]

    def beside(self, call: Callable[[], _T]) -> Callable[[], _T]:
        from concurrent.futures import Future

        asked: Future[_T] = Future()

        def ask() -> None:
            try:
                asked.set_result(call())
            except Exception as error:  # noqa: BLE001 (for who waits)
                asked.set_exception(error)

        threading.Thread(target=ask, daemon=True, name="beside").start()
        return asked.result
