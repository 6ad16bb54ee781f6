"""Servers that misbehave, on real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
OUT_OF_SERVICE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """`talk` has each connection to itself, in a thread; gives the port."""
    listener = socket.create_server((HOST, 0))
    connections: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        try:
            talk(connection)
        except OSError:
            pass  # the client, or the end of the block, closed it
        finally:
            connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            connection.close()


def request_of(connection: socket.socket) -> bytes:
    """A whole request; b"" when there is no further one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def swallow(connection: socket.socket) -> None:
    """Take everything, answer nothing."""
    while connection.recv(65536):
        continue


def refuse_service(connection: socket.socket) -> None:
    while request_of(connection):
        connection.sendall(OUT_OF_SERVICE)


@contextmanager
def out_of_reach(kind: str) -> Iterator[int]:
    """A port where nobody listens, one that never answers, or one that is out of service."""
    if kind == "nobody listens":
        with socket.create_server((HOST, 0)) as listener:
            port = listener.getsockname()[1]
        yield port
        return
    with serving({"never answers": swallow, "503": refuse_service}[kind]) as port:
        yield port


KINDS = ["nobody listens", "never answers", "503"]
