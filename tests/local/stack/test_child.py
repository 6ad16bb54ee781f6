"""A stack as a child process of tests."""

import random
import socket
import threading
import time

from local.stack.child import ROOT, running_stack
from local.stack.firebase_config import load_firebase_config
from local.stack.ports import HOST, RUNPOD_PORT, free_offset, is_free


def test_a_port_that_another_stack_takes_first_costs_a_try_and_no_test(tmp_path):
    random.seed(2026)
    offset = free_offset(load_firebase_config(ROOT))
    random.seed(2026)  # so that the stack is offered the same ports
    with socket.socket() as faster:
        faster.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        faster.bind((HOST, RUNPOD_PORT + offset))  # nobody listens, so it still counts as free
        assert is_free(RUNPOD_PORT + offset)

        def listen():
            while not (tmp_path / "stack.log").exists():
                time.sleep(0.001)
            faster.listen()

        thread = threading.Thread(target=listen)
        thread.start()
        with running_stack(tmp_path, "--only", "runpod") as stack:
            thread.join()
            assert stack.port_offset != offset
            assert not is_free(stack.ports["runpod"])
