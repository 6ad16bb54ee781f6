"""Everything that HTTP/1.1 clients reach, as one aiohttp application."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import grpc
from aiohttp import web

from local.firestore.control import Control
from local.firestore.errors import RpcError
from local.firestore.http_cors import allow_origin, answer_preflight
from local.firestore.http_errors import error_json, http_status
from local.firestore.rest import MAX_BODY_BYTES, Rest
from local.firestore.service import FirestoreService
from local.firestore.webchannel import WebChannel

_log = logging.getLogger(__name__)

_MAX_LINE_BYTES = 64 * 1024

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpApp:
    """Routes requests to REST, WebChannel and the control endpoints."""

    def __init__(self, rest: Rest, channel: WebChannel, control: Control) -> None:
        self._rest = rest
        self._channel = channel
        self._control = control

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        if request.method == "OPTIONS":
            return answer_preflight(request)
        first = request.rel_url.raw_path.lstrip("/").partition("/")[0]
        response: web.StreamResponse | None = None
        if first in ("v1", "v1beta1"):
            response = await self._rest.handle(request)
        elif first in ("google.firestore.v1.Firestore", "google.firestore.v1beta1.Firestore"):
            response = await self._channel.handle(request)
        else:
            response = await self._control.handle(request)
        return response if response is not None else web.Response(status=404, text="Not Found\n")


@web.middleware
async def _show_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RpcError as error:
        return web.json_response(error_json(error), status=http_status(error))
    except (web.HTTPException, ConnectionError):
        raise
    except Exception:  # noqa: BLE001 - one request that fails must not stop the server
        _log.exception("%s %s failed", request.method, request.path)
        internal = RpcError(grpc.StatusCode.INTERNAL, "The local Firestore failed; see its log.")
        return web.json_response(error_json(internal), status=500)


async def start_http(
    service: FirestoreService, *, on_shutdown: Callable[[], None], channel: WebChannel | None = None
) -> web.AppRunner:
    """Set the application up, without a port: `runner.server` makes the protocol of a connection.

    `on_shutdown` is called once `POST /shutdown` has been answered.
    """
    channel = channel or WebChannel(service)
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_show_errors])
    http = HttpApp(Rest(service), channel, Control(service, on_shutdown))
    app.router.add_route("*", "/{path:.*}", http.handle)
    app.on_response_prepare.append(allow_origin)
    app.on_shutdown.append(channel.close)
    # Names of documents may have 6 KiB, thrice that in a URL. Without cancellation a listener's
    # back channel outlives the browser that went away.
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, max_line_size=_MAX_LINE_BYTES
    )
    await runner.setup()
    return runner
