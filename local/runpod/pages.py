"""Who may use the controls: programs of this machine, and the pages that it was started for.

A browser sends whatever page is open in it. So a request that names an origin must come from one of
those pages, and whatever the name in `Host`, it must be one of this machine: a name of somebody
else's that leads here (DNS rebinding) opens nothing.
"""

import ipaddress
from collections.abc import Iterable

from aiohttp import web

from local.runpod.errors import Forbidden
from local.runpod.gate import is_local

CONTROLS = "/local/"


class Pages:
    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origins)

    def check(self, request: web.Request) -> None:
        """Raise Forbidden for whoever may not."""
        if not is_local(request) or not _is_ours(request.host):
            raise Forbidden
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            raise Forbidden("This page may not use the /local controls.")

    async def allow(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell the browser that the page may read the answer; a signal of the application."""
        origin = request.headers.get("Origin")
        if request.path.startswith(CONTROLS) and origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin or ""
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type, Last-Event-ID"
            response.headers["Vary"] = "Origin"


def _is_ours(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
