"""What this process has learnt a moment ago of quotas and of the total, with the quotas' versions.

A quota is not trusted: whoever writes on from here names the version, and Firestore refuses the
commit if another one has written since. So it is kept only for as long as that is seldom: a job
that ends changes its user's quota, and few end within seconds of their start. The total is a sum
that is up to a minute old when it is read; some seconds more are no matter.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from firepod.domain.budget import Total

KEPT_SECONDS = 5.0
MOST_USERS = 1000

_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class Written:
    """A quota's document as this process left it."""

    data: dict[str, Any]
    versions: dict[str, Any]  #: by the document's name, "quota"
    seen: tuple[datetime, float] | None  #: Firestore's time of it, and the stopwatch's


class JustWritten:
    """Each is known for some seconds; bounded, and safe from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quotas: dict[str, tuple[Written, float]] = {}
        self._total: tuple[Total, float] | None = None

    def keep_quota(self, user_id: str, written: Written) -> None:
        if len(self._quotas) >= MOST_USERS:
            self._quotas = {}
        self._quotas[user_id] = written, self._clock()

    def quota(self, user_id: str) -> Written | None:
        return self._fresh(self._quotas.get(user_id))

    def forget_quota(self, user_id: str) -> None:
        self._quotas.pop(user_id, None)

    def keep_total(self, total: Total) -> None:
        self._total = total, self._clock()

    def total(self) -> Total | None:
        return self._fresh(self._total)

    def _fresh(self, known: tuple[_Known, float] | None) -> _Known | None:
        return None if known is None or self._clock() - known[1] >= KEPT_SECONDS else known[0]
