"""Connections that are kept alive, but not used again when nobody has used them for a while."""

import functools
import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

from firepod.adapters.settled import settle

# After so long a connection may be dead without our knowing, as when whatever lies between has
# forgotten it, or this instance was frozen when the other side closed it.
IDLE_SECONDS = 4.0
KEPT = 16  # connections to one host, as many as an instance serves calls


def fresh_connections(url: str, clock: Callable[[], float] = time.monotonic) -> PoolManager:
    """Connections to the host of a URL, by the proxies and certificates of the environment.

    The environment is asked once, here, and as requests asks it. Nothing is ever tried again.
    """
    session = requests.Session()
    settle(session, url)
    certificates = session.verify
    if not isinstance(certificates, str):
        certificates = requests.utils.DEFAULT_CA_BUNDLE_PATH
    place = "ca_cert_dir" if Path(certificates).is_dir() else "ca_certs"
    options: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED", place: certificates, "retries": False}
    proxy = requests.utils.select_proxy(url, session.proxies)
    if proxy is None:
        manager = PoolManager(maxsize=KEPT, **options)
    else:
        manager = HTTPAdapter(pool_maxsize=KEPT).proxy_manager_for(proxy, **options)
    kept = functools.partial(_Kept, clock)
    manager.pool_classes_by_scheme = {
        "http": type("FreshHttp", (HTTPConnectionPool,), {"QueueCls": kept}),
        "https": type("FreshHttps", (HTTPSConnectionPool,), {"QueueCls": kept}),
    }
    return manager


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
