"""The unmodified runpod SDK on both sides: its worker loop in production mode, and its client."""

import json
import sys
import time
from pathlib import Path

import pytest

from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from local.runpod.workers import Crew

HERE = Path(__file__).parent
KEY = "test-key"
SETTINGS = Settings(worker_poll=1.0, tick=0.05, webhook_delay=0.1, ping_interval=1.0)


def running(endpoint, script):
    crew = Crew(
        command=(sys.executable, str(HERE / script)),
        floors={endpoint: 1},
        ceilings={endpoint: 1},
        write=lambda _: None,
    )
    return running_in_thread([endpoint], api_key=KEY, settings=SETTINGS, crew=crew)


@pytest.fixture(scope="module")
def sdk_runpod():
    """Two servers: endpoint `ep` runs a plain handler, `gen` a generator."""
    with (
        running("ep", "sdk_handler.py") as plain,
        running("gen", "sdk_generator.py") as generator,
    ):
        deadline = time.monotonic() + 30
        while not (plain.is_ready() and generator.is_ready()):
            assert time.monotonic() < deadline, "the workers made no contact"
            time.sleep(0.05)
        yield plain, generator


@pytest.fixture
def runpod(sdk_runpod):
    return sdk_runpod[0]


@pytest.fixture
def generating(sdk_runpod, connect):
    client, _ = connect(sdk_runpod[1])
    client.base = client.base.replace("/v2/ep", "/v2/gen")
    return client


@pytest.fixture(autouse=True)
def no_faults(client):
    yield
    client.faults()


@pytest.mark.parametrize("value", [{"a": 1}, "text", [1, 2], True, None, 0], ids=repr)
def test_what_a_handler_returns_is_the_output(client, value):
    job_id = client.run({"return": value})

    assert client.until(job_id, "COMPLETED")["output"] == value


def test_an_empty_object_is_completed_without_output(client):
    final = client.until(client.run({"return": {}}), "COMPLETED")

    assert "output" not in final
    assert final["executionTime"] >= 0


def test_a_returned_error_is_failed_and_called_back(client, receiver):
    job_id = client.run({"return": {"error": "bad"}}, webhook=receiver.url)
    (body,) = receiver.wait_for(1, 20)

    assert (body["id"], body["status"], body["error"]) == (job_id, "FAILED", "bad")
    assert client.status(job_id)["error"] == "bad"


def test_an_exception_is_failed_with_the_sdks_json_in_the_error(client):
    final = client.until(client.run({"raise": "boom"}), "FAILED")
    error = json.loads(final["error"])

    assert error["error_message"] == "boom"
    assert error["worker_id"] == final["workerId"]


def test_an_output_beside_an_error_is_failed(client):
    final = client.until(client.run({"return": {"a": 1, "error": "bad"}}), "FAILED")

    assert (final["output"], final["error"]) == ({"a": 1}, "bad")


def test_progress_is_seen_while_the_job_runs_and_never_after_it(client, until):
    job_id = client.run({"progress": [0.25, {"progress": 0.5}, 0.75], "return": {"ok": 1}})
    seen = []
    until(lambda: seen.append(client.status(job_id)) or seen[-1]["status"] == "COMPLETED")
    outputs = [each["output"] for each in seen if "output" in each]

    assert 0.25 in outputs
    assert outputs[-1] == {"ok": 1}
    assert {each["status"] for each in seen} <= {"IN_QUEUE", "IN_PROGRESS", "COMPLETED"}


def test_the_handler_sees_id_and_input_only(client, receiver):
    job_id = client.run({"keys": True}, webhook=receiver.url)

    assert client.until(job_id, "COMPLETED")["output"] == ["id", "input"]


def test_cancel_stops_the_running_handler_and_frees_the_worker(client):
    job_id = client.run({"sleep": 60})
    client.until(job_id, "IN_PROGRESS")
    client.call("POST", f"cancel/{job_id}")
    next_id = client.run({"return": 1})

    assert client.until(next_id, "COMPLETED")["output"] == 1
    assert client.status(job_id)["status"] == "CANCELLED"


def test_runsync_waits_for_the_worker(client):
    answer = client.call("POST", "runsync", json={"input": {"return": 5}}).json()

    assert (answer["status"], answer["output"]) == ("COMPLETED", 5)


def test_a_result_that_is_answered_with_500_is_posted_again_by_the_sdk(client):
    client.faults(
        {
            "match": {"operation": "job-done"},
            "action": {"type": "http", "status": 500},
            "count": 1,
        }
    )

    assert client.until(client.run({"return": 1}), "COMPLETED")["output"] == 1
    assert [each["operation"] for each in client.log()["requests"]] == ["job-done"]


def test_a_generator_streams_its_chunks(generating, until):
    job_id = generating.run({"chunks": ["a", {"b": 2}]})
    generating.until(job_id, "COMPLETED")

    answer = generating.call("GET", f"stream/{job_id}").json()
    assert [each["output"] for each in answer["stream"]] == ["a", {"b": 2}]
    assert generating.status(job_id)["output"] == []


def test_a_worker_with_concurrency_takes_jobs_in_batches(generating):
    job_ids = [generating.run({"chunks": []}) for _ in range(3)]

    for job_id in job_ids:
        generating.until(job_id, "COMPLETED")


def test_a_worker_killed_with_its_job_is_replaced_and_the_job_runs_again(client):
    client.faults({"action": {"type": "worker_kill", "after_progress": 0.5}, "count": 1})
    job_id = client.run({"progress": [0.25, 0.5, 0.75], "return": "done"})

    assert client.until(job_id, "COMPLETED", seconds=30)["output"] == "done"
    history = client.history(job_id)
    first, second = (each["worker"] for each in history["taken"])
    assert first != second
    assert "worker killed" in [each["event"] for each in history["events"]]


def test_the_sdks_client_works_against_it(client, sdk_runpod, monkeypatch):
    import runpod

    monkeypatch.setattr(runpod, "endpoint_url_base", sdk_runpod[0].url)
    monkeypatch.setattr(runpod, "api_key", KEY)
    endpoint = runpod.Endpoint("ep")
    job = endpoint.run({"input": {"return": {"a": 1}}})

    assert job.output(timeout=20) == {"a": 1}
    assert job.status() == "COMPLETED"
    assert endpoint.run_sync({"input": {"return": 2}}, timeout=20) == 2
    assert endpoint.health()["jobs"]["completed"] >= 2
    sleeping = endpoint.run({"input": {"sleep": 60}})
    assert sleeping.cancel()["status"] == "CANCELLED"
    assert sleeping.status() == "CANCELLED"
    assert endpoint.purge_queue()["status"] == "completed"
