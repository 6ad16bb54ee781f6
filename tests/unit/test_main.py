"""What is deployed, and what it costs to import it: a fresh interpreter tells."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[2] / "functions"
NAMES = {
    "api",
    "cancel",
    "discard",
    "dispatch",
    "erase",
    "generate",
    "reconcile",
    "retry",
    "runpodwebhook",
    "sweep",
}
HEAVY = {"grpc", "google.cloud.firestore", "google.cloud.storage", "runpod", "flask_openapi3"}
PROBE = """
import gc, json, socket, sys

def closed(*arguments, **more):
    raise AssertionError("importing main opened a socket")

socket.socket.connect = socket.socket.bind = socket.create_connection = closed
sys.path.insert(0, ".")
import main

found = {}
for name, value in vars(main).items():
    endpoint = getattr(value, "__firebase_endpoint__", None)
    if endpoint is not None:
        found[name] = {
            "cpu": endpoint.cpu,
            "concurrency": endpoint.concurrency,
            "region": endpoint.region,
            "secrets": [one["key"] for one in endpoint.secretEnvironmentVariables or []],
            "memory": endpoint.availableMemoryMb,
            "timeout": endpoint.timeoutSeconds,
            "entry_point": endpoint.entryPoint,
        }
runs = gc.get_stats()[0]["collections"]
told = {"endpoints": found, "collections": runs, "modules": sorted(sys.modules)}
print(json.dumps(told, default=str))
"""


@pytest.fixture(scope="module")
def deployed():
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=FUNCTIONS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_exactly_the_functions_of_the_contract_are_deployed(deployed):
    assert set(deployed["endpoints"]) == NAMES
    assert {one["entry_point"] for one in deployed["endpoints"].values()} == NAMES
    assert not any("_" in name for name in NAMES)


def test_every_function_has_a_cpu_of_its_own_and_both_secrets(deployed):
    for name, endpoint in deployed["endpoints"].items():
        assert endpoint["cpu"] == 1, name
        assert endpoint["region"] == ["us-central1"], name
        assert set(endpoint["secrets"]) == {"RUNPOD_API_KEY", "WEBHOOK_KEYS"}, name


def test_what_users_and_runpod_call_takes_many_requests_at_once(deployed):
    for name in NAMES - {"sweep"}:
        assert deployed["endpoints"][name]["concurrency"] > 1, name


def test_importing_main_loads_nothing_heavy_and_opens_no_socket(deployed):
    assert HEAVY & set(deployed["modules"]) == set()


def test_what_is_imported_is_not_searched_for_garbage_time_and_again(deployed):
    assert deployed["collections"] < 40
