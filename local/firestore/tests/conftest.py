"""A server of its own for the session, in a process as the CLI would start it."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import uuid

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from local.firestore import wire
from local.firestore.child import end_with_parent, running_firestore

ROOT = pathlib.Path(__file__).parents[3]


def start_server(*arguments, errors=subprocess.PIPE):
    return subprocess.Popen(
        [sys.executable, "-m", "local.firestore", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 (one system call, no locks)
    )


def port_of(process):
    return int(process.stdout.readline().rpartition(":")[2])


def stop_server(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=10)


@pytest.fixture
def spawn():
    """Start servers that do not outlive the test."""
    processes = []

    def start(*arguments):
        processes.append(start_server(*arguments))
        return processes[-1]

    yield start
    for process in processes:
        stop_server(process)


@pytest.fixture(scope="session")
def port(tmp_path_factory):
    log = tmp_path_factory.mktemp("firestore") / "log"
    with running_firestore(log) as port:
        yield port
    assert "Traceback" not in log.read_text()


@pytest.fixture
def project():
    """A project id that no other test uses."""
    return f"demo-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def client(port, project, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    client = firestore.Client(project=project, credentials=AnonymousCredentials())
    yield client
    client.close()


class Wire:
    """Calls of the bare protocol, for one database."""

    def __init__(self, channel, project):
        self.channel = channel
        self.database = f"projects/{project}/databases/(default)"
        self.root = f"{self.database}/documents"

    def unary(self, name, request, response_class, metadata=(("authorization", "Bearer owner"),)):
        call = self.channel.unary_unary(
            f"/google.firestore.v1.Firestore/{name}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response_class.FromString,
        )
        return call(request, metadata=metadata, timeout=10)

    def commit(self, *writes, transaction=b"", **options):
        request = wire.CommitRequest(database=self.database, writes=writes, transaction=transaction)
        return self.unary("Commit", request, wire.CommitResponse, **options)

    def set(self, path, **fields):
        return wire.Write(update=self.document(path, **fields))

    def document(self, path, **fields):
        return wire.Document(
            name=f"{self.root}/{path}",
            fields={key: value_of(value) for key, value in fields.items()},
        )

    def stream(self, name, requests, metadata=(("authorization", "Bearer owner"),)):
        request_class, response_class = {
            "Listen": (wire.ListenRequest, wire.ListenResponse),
            "Write": (wire.WriteRequest, wire.WriteResponse),
        }[name]
        call = self.channel.stream_stream(
            f"/google.firestore.v1.Firestore/{name}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        return call(requests, metadata=metadata, timeout=20)


def value_of(value):
    match value:
        case None:
            return wire.Value(null_value=0)
        case bool():
            return wire.Value(boolean_value=value)
        case int():
            return wire.Value(integer_value=value)
        case float():
            return wire.Value(double_value=value)
        case str():
            return wire.Value(string_value=value)
        case bytes():
            return wire.Value(bytes_value=value)
        case list():
            return wire.Value(array_value=wire.ArrayValue(values=map(value_of, value)))
        case dict():
            fields = {key: value_of(item) for key, item in value.items()}
            return wire.Value(map_value=wire.MapValue(fields=fields))
        case _:
            return value


@pytest.fixture
def raw(port, project):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Wire(channel, project)


@pytest.fixture
def raw_of(project):
    """The same for a server of one's own, once it has said its port."""
    with contextlib.ExitStack() as channels:

        def connect(process):
            channel = grpc.insecure_channel(f"127.0.0.1:{port_of(process)}")
            return Wire(channels.enter_context(channel), project)

        yield connect
