import os
import socket
from contextlib import ExitStack

import pytest

from local.stack.child import ROOT
from local.stack.firebase_config import load_firebase_config
from local.stack.options import PARTS
from local.stack.ports import (
    PortTaken,
    ensure_free,
    free_offset,
    is_free,
    ports_of,
    reserved_offset,
    stack_ports,
)

CONFIG = load_firebase_config(ROOT)


def test_without_an_offset_the_ports_are_the_contracts():
    ports = stack_ports(CONFIG, 0)

    contract = {
        "hosting": 5005,
        "functions": 5001,
        "auth": 9099,
        "firestore": 8080,
        "storage": 9199,
        "tasks": 9499,
        "hub": 4400,
        "runpod": 8900,
    }
    assert {name: ports[name] for name in contract} == contract


def test_the_offset_moves_every_port_and_none_meets_another():
    base, moved = stack_ports(CONFIG, 0), stack_ports(CONFIG, 1000)

    assert moved == {name: port + 1000 for name, port in base.items()}
    assert len(set(base.values())) == len(base)


def test_a_taken_port_is_named_with_its_service_its_holder_and_the_way_out():
    offset = free_offset(CONFIG)
    with socket.create_server(("127.0.0.1", 5001 + offset)), pytest.raises(PortTaken) as taken:
        ensure_free(CONFIG, offset, PARTS)

    message = str(taken.value)
    assert message.count("\n") == 0
    assert f"Port {5001 + offset} (functions) is taken by " in message
    assert f"(process {os.getpid()})" in message
    assert "PORT_OFFSET" in message


def test_free_ports_pass():
    ensure_free(CONFIG, free_offset(CONFIG), PARTS)


def test_ports_of_parts_that_are_left_out_may_be_taken():
    offset = free_offset(CONFIG)
    with socket.create_server(("127.0.0.1", 5001 + offset)):
        ensure_free(CONFIG, offset, {"runpod"})
        ensure_free(CONFIG, offset, {"auth", "storage"})
        with pytest.raises(PortTaken):
            ensure_free(CONFIG, offset, {"functions"})


@pytest.mark.parametrize(
    ("parts", "services"),
    [
        ({"runpod"}, {"runpod"}),
        ({"auth"}, {"auth", "hub", "logging"}),
        ({"firestore"}, {"firestore", "firestore websocket", "hub", "logging"}),
        ({"functions", "runpod"}, {"functions", "eventarc", "runpod", "hub", "logging"}),
        (set(PARTS), set(stack_ports(CONFIG, 0)) - {"ui"}),
        ({*PARTS, "ui"}, set(stack_ports(CONFIG, 0))),
    ],
)
def test_a_part_has_its_own_ports_and_those_of_what_comes_with_it(parts, services):
    assert set(ports_of(parts, stack_ports(CONFIG, 0))) == services


def test_a_free_offset_avoids_ports_in_use():
    offset = free_offset(CONFIG)

    assert all(is_free(port) for port in stack_ports(CONFIG, offset).values())
    assert max(stack_ports(CONFIG, offset).values()) < 32768


def test_two_stacks_at_a_time_never_have_a_port_in_common():
    with ExitStack() as held:
        offsets = [held.enter_context(reserved_offset(CONFIG)) for _ in range(30)]

        ports = [port for offset in offsets for port in stack_ports(CONFIG, offset).values()]
        assert len(set(ports)) == len(ports)
        assert free_offset(CONFIG) not in offsets
