"""Every page may call the server, as it may call the official emulator.

The SDKs send credentials, so the origin is named instead of allowing "*"; a page from a public
site may reach this private address (https://wicg.github.io/private-network-access/).
"""

from __future__ import annotations

from aiohttp import web

_EXPOSED = "x-client-wire-protocol, x-http-session-id, x-http-initial-response"
_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


async def allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of any response (a signal of aiohttp, sent as the response starts)."""
    response.headers["Vary"] = "Origin"
    origin = request.headers.get("Origin")
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def answer_preflight(request: web.Request) -> web.Response:
    """Answer OPTIONS, on any path."""
    headers = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Max-Age": "3600"}
    if (wanted := request.headers.get("Access-Control-Request-Headers")) is not None:
        headers["Access-Control-Allow-Headers"] = wanted
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(headers=headers)
