"""The ports of a stack: those of firebase.json and RunPod's, all moved by one offset."""

import random
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psutil

HOST = "127.0.0.1"
RUNPOD_PORT = 8900

# Offsets to pick from: their ports lie under the range that systems hand out for outgoing
# connections (32768 and above), and above every port that firebase-tools picks by itself.
_FREE_OFFSETS = range(10_000, 20_000)
# Bound as long as an offset is somebody's, and never listened on.
_RESERVATION_PORT = 3999
# What firebase-tools starts unasked: with any emulator, and with one of them.
_EVERY_SUITE = frozenset({"hub", "logging"})
_BESIDE = {
    "functions": frozenset({"eventarc"}),
    "firestore": frozenset({"firestore websocket"}),
}


class PortTaken(Exception):
    """A port of the stack is in use by another program."""

    def __init__(self, service: str, port: int, holder: str | None, suggested_offset: int) -> None:
        self.service = service
        self.port = port
        super().__init__(
            f"Port {port} ({service}) is taken by {holder or 'another program'}: stop it, or move "
            f"all ports of this stack with PORT_OFFSET, for example make start "
            f"PORT_OFFSET={suggested_offset}."
        )


def stack_ports(firebase_config: Mapping[str, Any], offset: int) -> dict[str, int]:
    """Every port that a stack listens on, by service: the emulators of firebase.json and RunPod."""
    ports = {"runpod": RUNPOD_PORT + offset}
    for name, emulator in firebase_config["emulators"].items():
        if not isinstance(emulator, Mapping) or "port" not in emulator:  # singleProjectMode
            continue
        ports[name] = emulator["port"] + offset
        if "websocketPort" in emulator:
            ports[f"{name} websocket"] = emulator["websocketPort"] + offset
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Node binds: a port whose last connections still linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def ports_of(parts: Collection[str], ports: Mapping[str, int]) -> dict[str, int]:
    """Those of a stack's ports on which it listens if it has only these parts."""
    services = set(parts)
    if services - {"runpod"}:
        services |= _EVERY_SUITE
    for part in parts:
        services |= _BESIDE.get(part, frozenset())
    return {service: port for service, port in ports.items() if service in services}


def ensure_free(firebase_config: Mapping[str, Any], offset: int, parts: Collection[str]) -> None:
    """Raise PortTaken for the first port of these parts that something else holds."""
    for service, port in ports_of(parts, stack_ports(firebase_config, offset)).items():
        if not is_free(port):
            raise PortTaken(service, port, _holder(port), free_offset(firebase_config))


def free_offset(firebase_config: Mapping[str, Any]) -> int:
    """An offset whose ports are all free now, and nobody's."""
    with reserved_offset(firebase_config) as offset:
        return offset


@contextmanager
def reserved_offset(firebase_config: Mapping[str, Any]) -> Iterator[int]:
    """An offset with free ports, no one of which another caller is offered until the end."""
    base = stack_ports(firebase_config, 0).values()
    offsets = _FREE_OFFSETS[:: _apart({*base, _RESERVATION_PORT})]
    for offset in random.sample(offsets, k=len(offsets)):
        with socket.socket() as reservation:
            try:
                reservation.bind((HOST, _RESERVATION_PORT + offset))
            except OSError:
                continue
            if all(is_free(port + offset) for port in base):
                yield offset
                return
    raise RuntimeError("no offset with free ports between 10000 and 20000")


def _apart(ports: Collection[int]) -> int:
    """The least step between offsets with which no service ever meets another stack's other one."""
    step = len(ports)
    while len({port % step for port in ports}) < len(ports):
        step += 1
    return step


def _holder(port: int) -> str | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS tells only root
        return None
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return None
    return None
