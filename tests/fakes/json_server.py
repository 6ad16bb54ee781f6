"""A server of JSON on a real socket, by one function of what was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, object]
"""A status and JSON, or bytes as they are."""


@dataclass(frozen=True)
class Asked:
    """One request; `path` begins without a slash, `body` is its JSON or {}."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: dict[str, Any]


@contextmanager
def json_server(talk: Callable[[Asked], Answer]) -> Iterator[str]:
    """Gives its URL; `talk` says what is answered."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, query = self.path.removeprefix("/").partition("?")
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(data) if is_json and data else {}
            status, said = talk(Asked(self.command, path, query, dict(self.headers), body))
            answer = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 (as http.server has it)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64  # some ask all at once

        def handle_error(self, *_: object) -> None:
            pass  # who asked has given up

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
