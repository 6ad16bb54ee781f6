"""The network of `make bench` that takes its time."""

import socket
import threading
import time

import pytest

from bench.delay import delayed

SECONDS = 0.1


@pytest.fixture
def echo():
    """The port of a server that says everything again."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(1024):
                    connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()  # it was told the end of the connection


def test_a_round_trip_takes_so_long_and_many_at_a_time_take_no_longer(echo):
    with delayed(echo, SECONDS) as port, socket.create_connection(("127.0.0.1", port)) as near:
        near.settimeout(10)
        began = time.monotonic()
        near.sendall(b"a")
        assert near.recv(1) == b"a"
        assert time.monotonic() - began >= SECONDS

        said = b""
        began = time.monotonic()
        for number in range(20):
            near.sendall(bytes([number]))
            time.sleep(0.001)  # each is a piece of its own
        while len(said) < 20:
            said += near.recv(1024)
        assert said == bytes(range(20))
        assert time.monotonic() - began < 10 * SECONDS
        near.shutdown(socket.SHUT_WR)
        assert near.recv(1) == b""
