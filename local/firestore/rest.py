"""REST: one HTTP request, one RPC."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from local.firestore import wire
from local.firestore.callers import caller_from_authorization
from local.firestore.errors import RpcError, invalid
from local.firestore.http_errors import error_json, http_status
from local.firestore.methods import Kind
from local.firestore.rest_routes import RestCall, match_route
from local.firestore.service import FirestoreService

MAX_BODY_BYTES = 16 * 1024 * 1024


class Rest:
    """The REST face of a service."""

    def __init__(self, service: FirestoreService) -> None:
        self._service = service

    async def handle(self, request: web.Request) -> web.Response | None:
        """Answer a request under `/v1/` or `/v1beta1/`; None if no RPC has this URL."""
        _, _, path = request.rel_url.raw_path.lstrip("/").partition("/")
        call = match_route(request.method, path, request.query.items())
        if call is None:
            return None
        if call.method.kind is Kind.SERVER_STREAM:
            return await self._stream(call, request)
        return web.json_response(wire.to_json(await self._unary(call, request)))

    async def _unary(self, call: RestCall, request: web.Request) -> Any:
        caller = caller_from_authorization(request.headers.get("Authorization"))
        run = getattr(self._service, call.method.python_name)
        return await run(await _message(call, request), caller)

    async def _stream(self, call: RestCall, request: web.Request) -> web.Response:
        """Collect the stream into one array; an error becomes its only element."""
        try:
            caller = caller_from_authorization(request.headers.get("Authorization"))
            run = getattr(self._service, call.method.python_name)
            message = await _message(call, request)
            answers = [wire.to_json(answer) async for answer in run(message, caller)]
        except RpcError as error:
            return web.json_response([error_json(error)], status=http_status(error))
        return web.json_response(answers)


async def _message(call: RestCall, request: web.Request) -> Any:
    body = await read_json_object(request) if call.body else {}
    try:
        return wire.parse_json(call.method.request, call.request_json(body))
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


async def read_json_object(request: web.Request) -> dict[str, Any]:
    """Read the body, whatever its content type says; an empty one is an empty object.

    Browsers send JSON as text/plain, which spares them a preflight. Raises RpcError.
    """
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise invalid(f"Request payload size exceeds the limit: {MAX_BODY_BYTES} bytes.") from error
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. The body must be an object.")
    return body
