"""What tools do with the emulator beside talking Firestore: rules, clearing, exports, stopping.

https://firebase.google.com/docs/emulator-suite/connect_firestore and the calls of firebase-tools
and @firebase/rules-unit-testing.
"""

from __future__ import annotations

import asyncio
import logging
import pathlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import grpc
from aiohttp import web

from local.firestore.errors import RpcError, denied, invalid, unimplemented
from local.firestore.export_files import BrokenExport, metadata_file_of
from local.firestore.exports import export_database, import_export
from local.firestore.rest import read_json_object
from local.firestore.rules_loading import load_rules
from local.firestore.service import FirestoreService

_log = logging.getLogger(__name__)

_PROJECT = re.compile(r"/emulator/v1/projects/([^/:]+)(:[a-zA-Z]+(?:\.html)?|/.*)")
_USAGE = re.compile(r"/emulator/v1/projects/([^/:]+):usage")
_DOCUMENTS = re.compile(r"/databases/([^/]+)/documents((?:/[^/]+)*)")
_NO_COVERAGE = "<!doctype html><title>Rule coverage</title><p>This server records no coverage.</p>"


class Control:
    """The control endpoints of a service."""

    def __init__(self, service: FirestoreService, on_shutdown: Callable[[], None]) -> None:
        self._service = service
        self._on_shutdown = on_shutdown

    async def handle(self, request: web.Request) -> web.Response | None:
        """Answer a request; None if there is no such endpoint. Raises RpcError."""
        path = request.rel_url.raw_path
        match request.method, path:
            case "GET", "/":
                return web.Response(text="Ok\n")
            case "POST", "/reset":
                self._service.reset()
                return web.Response(text="Resetting...\n")
            case "POST", "/shutdown":
                # Later, so that the answer is on its way before connections are closed.
                asyncio.get_running_loop().call_later(0.05, self._on_shutdown)
                return web.Response(text="Shutting down...\n")
            case "GET", _ if usage := _USAGE.fullmatch(path):
                return web.json_response(self._usage(unquote(usage[1])))
        project = _PROJECT.fullmatch(path)
        if project is None:
            return None
        return await self._project(request, unquote(project[1]), project[2])

    async def _project(
        self, request: web.Request, project: str, endpoint: str
    ) -> web.Response | None:
        match request.method, endpoint:
            case "PUT", ":securityRules":
                return await self._put_rules(request, project)
            case "GET", ":ruleCoverage":
                raise unimplemented("Rule coverage")
            case "GET", ":ruleCoverage.html":
                return web.Response(text=_NO_COVERAGE, content_type="text/html")
            case "POST", ":export" | ":import" if "Origin" in request.headers:
                raise denied("A web page may not have this server read or write files.")
            case "POST", ":export":
                return await self._export(request)
            case "POST", ":import":
                return await self._import(request)
            case "PUT", _ if endpoint.startswith("/triggers/"):
                return _refuse_events(unquote(endpoint.removeprefix("/triggers/")))
            case "POST", "/eventarcTrigger":
                return _refuse_events(request.query.get("eventarcTriggerId", ""))
        documents = _DOCUMENTS.fullmatch(endpoint)
        if request.method == "DELETE" and documents is not None:
            self._clear(f"projects/{project}/databases/{unquote(documents[1])}", documents[2])
            return web.json_response({})
        return None

    def _usage(self, project: str) -> dict[str, dict[str, int]]:
        """Of the default database: what production would bill so far; ours alone."""
        return self._service.database(f"projects/{project}/databases/(default)").usage.to_json()

    def _clear(self, database: str, raw_path: str) -> None:
        if raw_path:
            below = "/".join(unquote(segment) for segment in raw_path.split("/"))
            self._service.delete_recursively(f"{database}/documents{below}")
        else:
            self._service.clear(database)

    async def _export(self, request: web.Request) -> web.Response:
        body = await read_json_object(request)
        match body:
            case {"database": str(name), "export_directory": str(directory)}:
                folder = pathlib.Path(directory) / str(body.get("export_name", "firestore_export"))
            case _:
                raise invalid("The body must hold database and export_directory.")
        try:
            export_database(self._service.database(name), folder)
        except OSError as error:
            raise RpcError(grpc.StatusCode.INTERNAL, f"Export failed: {error}") from error
        return web.json_response({})

    async def _import(self, request: web.Request) -> web.Response:
        body = await read_json_object(request)
        directory = body.get("export_directory")
        if not isinstance(directory, str):
            raise invalid("The body must hold export_directory.")
        try:
            import_export(self._service, metadata_file_of(pathlib.Path(directory)))
        except BrokenExport as error:
            raise invalid(f"Import failed: {error}") from error
        return web.json_response({})

    async def _put_rules(self, request: web.Request, project: str) -> web.Response:
        body = await read_json_object(request)
        name, source = _rules_file(body)
        authorizer, issues = load_rules(source, name)
        if authorizer is not None:
            self._service.set_rules(project, authorizer)
        elif body.get("ignore_errors") is not True:
            # Clients of the official emulator look for this word in the text.
            raise invalid("INVALID_ARGUMENT: " + "; ".join(map(str, issues)))
        return web.json_response({"issues": [issue.to_json(name) for issue in issues]})


def _rules_file(body: dict[str, Any]) -> tuple[str, str]:
    match body:
        case {"rules": {"files": [{"content": str(source)} as file]}}:
            name = file.get("name")
            return (name if isinstance(name, str) else "firestore.rules"), source
    raise invalid("The body must hold rules.files with exactly one file and its content.")


def _refuse_events(trigger: str) -> web.Response:
    """Let firebase-tools load the other functions; this one will not be called."""
    _log.warning(
        "%s waits for Firestore events, which this local Firestore does not deliver", trigger
    )
    return web.json_response({})
