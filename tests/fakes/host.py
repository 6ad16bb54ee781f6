"""A host on the web that answers whatever it is asked alike, on a real socket."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Message


@contextlib.contextmanager
def host(
    body: bytes | Iterable[bytes], status: int = 200, **headers: str
) -> Iterator[tuple[str, list[Asked]]]:
    """Gives its name with the port, and what it was asked so far."""
    pieces = [body] if isinstance(body, bytes) else body
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        told.setdefault("Content-Length", str(len(body)))
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(Asked(self.path, self.headers))
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # who asks need not read it all
                for piece in pieces:
                    self.wfile.write(piece)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
