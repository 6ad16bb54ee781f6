"""A whole server on a free port, for one scenario."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import aiohttp
import pytest

from local.firestore.front import Front
from local.firestore.grpc_server import start_grpc_server
from local.firestore.http_app import start_http
from local.firestore.service import FirestoreService

ROOT = "/v1/projects/p/databases/(default)/documents"
OWNER = {"Authorization": "Bearer owner"}


@dataclass
class Server:
    """The server as an HTTP client sees it; `stopped` is set by `POST /shutdown`."""

    port: int
    http: aiohttp.ClientSession
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    async def raw(self, method, path, body=None, headers=(), **params):
        """Send a request; returns status, headers and text."""
        arguments = {"json": body} if isinstance(body, dict) else {"data": body}
        url = f"{self.base}{path}"
        async with self.http.request(
            method, url, params=params, headers=dict(headers), **arguments
        ) as answer:
            return answer.status, answer.headers, await answer.text()

    async def call(self, method, path, body=None, headers=OWNER, **params):
        """Send a request; returns status and JSON."""
        url = f"{self.base}{path}"
        async with self.http.request(
            method, url, params=params, headers=dict(headers), json=body
        ) as answer:
            return answer.status, await answer.json()


@contextlib.asynccontextmanager
async def running():
    stopped = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        service = FirestoreService()
        grpc_server, grpc_port = await start_grpc_server(service, "127.0.0.1:0")
        stack.push_async_callback(grpc_server.stop, grace=None)
        app = await start_http(service, on_shutdown=stopped.set)
        stack.push_async_callback(app.cleanup)
        front = await Front.open("127.0.0.1", 0, http=app.server, grpc_port=grpc_port)
        stack.push_async_callback(front.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Server(front.port, http, stopped)


@pytest.fixture
def serve():
    """Run an async scenario that takes a Server."""

    def run(scenario, seconds=60):
        async def main():
            async with running() as server:
                await scenario(server)

        asyncio.run(asyncio.wait_for(main(), seconds))

    return run


@pytest.fixture
def root():
    """The path of the documents of one database."""
    return ROOT
