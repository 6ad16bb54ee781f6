"""Connections that are kept alive, but not used again when nobody has used them for a while."""

import functools
import queue
import time
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

# After so long a connection may be dead without our knowing, as when whatever lies between has
# forgotten it, or this instance was frozen when the other side closed it.
IDLE_SECONDS = 4.0


class FreshConnections(HTTPAdapter):
    """For a session of requests; every pool of it keeps its connections in a `_Kept`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        kept = functools.partial(_Kept, clock)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("FreshHttp", (HTTPConnectionPool,), {"QueueCls": kept}),
            "https": type("FreshHttps", (HTTPSConnectionPool,), {"QueueCls": kept}),
        }


class _Kept(queue.LifoQueue[Any]):
    """Connections with the time at which each came back."""

    def __init__(self, clock: Callable[[], float], maxsize: int) -> None:
        super().__init__(maxsize)
        self._clock = clock

    def _put(self, item: Any) -> None:
        super()._put((item, self._clock()))

    def _get(self) -> Any:
        connection, since = super()._get()
        if connection is not None and self._clock() - since > IDLE_SECONDS:
            connection.close()  # it connects again when it is used
        return connection
