"""The deployed `runpodwebhook` on a backend of fakes, over HTTP as a worker reaches it."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask, Response, request
from werkzeug.serving import make_server

import main as deployed
from firepod import wiring
from firepod.protocol.tokens import Callback, sign
from tests.fakes.backend import FakeBackend
from tests.fakes.values import KEYRING, make_generation


@dataclass
class Service:
    """Answers a worker; `away` lets that many requests go unanswered (HTTP 503)."""

    backend: FakeBackend
    root: str = ""
    away: float = 0
    asked: list[str] = field(default_factory=list)  #: claim, progress
    broken: int = 503
    most_bytes: float = float("inf")  #: of a body; functions of an older version take fewer
    refused: int = 0  #: bodies that had more

    @property
    def job_url(self) -> str:
        until = self.backend.clock.now() + timedelta(hours=1)
        return f"{self.root}/{sign(Callback(make_generation().ref, 1, until), KEYRING)}"


@contextlib.contextmanager
def serving(backend: FakeBackend) -> Iterator[Service]:
    """Serve until left."""
    service, app = Service(backend), Flask("webhook")

    @app.route("/<path:_path>", methods=["POST"])
    def answer(_path: str) -> Response:
        service.asked.append(request.path.rpartition("/")[2])
        if service.away > 0:
            service.away -= 1
            return Response(status=service.broken)
        if (request.content_length or 0) > service.most_bytes:
            service.refused += 1
            return Response(status=413)
        return deployed.runpodwebhook(request)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    wiring.use(backend)
    thread.start()
    service.root = f"http://127.0.0.1:{server.server_port}/runpodwebhook"
    try:
        yield service
    finally:
        wiring.use(None)
        server.shutdown()
        thread.join()
        server.server_close()
