"""The process: how it starts, and how it ends."""

import os
import signal
import socket

import pytest


def port_of(process):
    return int(process.stdout.readline().rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_0_also_while_clients_are_connected(spawn, number):
    process = spawn("--port", "0")
    with socket.create_connection(("127.0.0.1", port_of(process))) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=4)
    assert process.returncode == 0
    assert errors == ""


def test_the_flags_of_firebase_tools_are_taken(spawn, tmp_path):
    rules = tmp_path / "firestore.rules"
    rules.write_text("service cloud.firestore { match /databases/{d}/documents {} }")
    process = spawn(
        *("--host", "127.0.0.1", "--port", "0", "--websocket_port", "9150"),
        *("--database-edition", "standard", "--project_id", "demo-x", "--rules", str(rules)),
        *("--single_project_mode", "true", "--functions_emulator", "127.0.0.1:5001"),
    )
    with socket.create_connection(("127.0.0.1", port_of(process))):
        pass


def test_a_taken_port_is_told_in_the_words_that_firebase_tools_looks_for(spawn):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = spawn("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "address already in use" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--single_project_mode", "true"), "Expected project_id to be set"),
        (("--port", "many"), "invalid int value"),
        (("--export-on-exit", "x"), "Expected project_id to be set"),
        (("--rules", "does/not/exist"), "does/not/exist"),
        (("--no-such-flag", "x"), "--no-such-flag"),
    ],
)
def test_a_wrong_command_line_is_explained(spawn, arguments, message):
    process = spawn("--port", "0", *arguments)
    _, errors = process.communicate(timeout=10)
    assert process.returncode != 0
    assert message in errors
    assert "Traceback" not in errors
