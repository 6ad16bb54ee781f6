"""The public API over HTTP, with a worker that the test drives by hand."""

import threading
import time

import pytest
import requests


def test_a_job_goes_from_queue_to_worker_to_result(client, worker):
    answer = client.call("POST", "run", json={"input": {"a": 1}}).json()
    job_id = answer["id"]

    assert answer == {"id": job_id, "status": "IN_QUEUE"}
    assert client.status(job_id) == {"id": job_id, "status": "IN_QUEUE"}
    assert worker.take() == {"id": job_id, "input": {"a": 1}}
    assert worker.done(job_id, {"status": "IN_PROGRESS", "output": 0.5}) == 200
    running = client.status(job_id)
    assert running == {
        "id": job_id,
        "status": "IN_PROGRESS",
        "delayTime": running["delayTime"],
        "output": 0.5,
        "workerId": "w1",
    }
    assert worker.done(job_id, {"output": {"ok": True}}) == 200
    assert worker.done(job_id, {"status": "IN_PROGRESS", "output": 0.9}) == 200
    final = client.status(job_id)
    assert final == {
        "id": job_id,
        "status": "COMPLETED",
        "delayTime": running["delayTime"],
        "executionTime": final["executionTime"],
        "output": {"ok": True},
        "workerId": "w1",
    }


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic test-key"])
def test_a_missing_or_wrong_key_is_401(runpod, header):
    headers = {} if header is None else {"Authorization": header}
    response = requests.get(f"{runpod.url}/ep/health", headers=headers, timeout=5)

    assert response.status_code == 401


def test_the_key_is_taken_with_and_without_bearer(runpod):
    for header in ("test-key", "Bearer test-key"):
        response = requests.get(
            f"{runpod.url}/ep/health", headers={"Authorization": header}, timeout=5
        )
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "status/nobody-e1"),
        ("GET", "stream/nobody-e1"),
        ("POST", "cancel/nobody-e1"),
        ("POST", "retry/nobody-e1"),
        ("GET", "../nowhere/health"),
        ("POST", "../nowhere/run"),
    ],
)
def test_unknown_jobs_and_endpoints_are_404(client, method, path):
    assert client.call(method, path).status_code == 404


def test_methods_are_those_of_the_service(client):
    job_id = client.run()

    assert client.call("POST", f"status/{job_id}").status_code == 405
    assert client.call("GET", f"cancel/{job_id}").status_code == 405
    assert client.call("GET", "run").status_code == 405


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"input": 5}'])
def test_a_bad_submit_is_400_with_a_sentence(client, body):
    response = client.call("POST", "run", data=body)

    assert response.status_code == 400
    assert response.json()["error"]


def test_runsync_answers_with_the_ended_job(client, worker):
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(client.call("POST", "runsync", json={"input": {}}).json())
    )
    waiting.start()
    job = None
    while job is None:
        job = worker.take()
    worker.done(job["id"], {"output": [1, 2]})
    waiting.join()

    assert answers == [client.status(job["id"])]
    assert answers[0]["output"] == [1, 2]
    assert answers[0]["id"].startswith("sync-")


def test_runsync_answers_with_the_id_when_the_job_outlives_the_wait(client):
    began = time.monotonic()
    answer = client.call("POST", "runsync?wait=1000", json={"input": {}}).json()

    assert 0.9 <= time.monotonic() - began < 5
    assert answer == {"id": answer["id"], "status": "IN_QUEUE"}
    assert client.call("POST", "runsync?wait=10", json={"input": {}}).status_code == 400


def test_bodies_up_to_the_limit_are_taken_and_longer_ones_refused(serve, connect):
    client, _ = connect(serve(run_body_bytes=1000, runsync_body_bytes=2000))

    def body(size):
        empty = b'{"input":{"a":""}}'
        return empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')

    assert client.call("POST", "run", data=body(1000)).status_code == 200
    assert client.call("POST", "run", data=body(1001)).status_code == 400
    assert client.call("POST", "runsync?wait=1000", data=body(2000)).status_code == 200
    assert client.call("POST", "runsync?wait=1000", data=body(2001)).status_code == 400
    assert client.call("POST", "run", data=iter([body(1001)])).status_code == 400


def test_the_documented_limits_are_ten_and_twenty_megabytes(client):
    def submit(operation, size):
        return client.call("POST", operation, json={"input": {"a": "x" * size}}).status_code

    assert submit("run", 9_999_900) == 200
    assert submit("run", 10_000_000) == 400
    assert submit("runsync?wait=1000", 19_999_900) == 200


def test_cancel_of_a_running_job_is_at_once_and_reaches_the_worker(client, worker):
    job_id = client.run()
    worker.take()

    assert client.call("POST", f"cancel/{job_id}").json() == {"id": job_id, "status": "CANCELLED"}
    assert worker.get("job-stop").json() == {"jobsToStop": [job_id]}
    assert worker.done(job_id, {"output": "late"}) == 200
    assert client.status(job_id)["status"] == "CANCELLED"
    assert "output" not in client.status(job_id)
    assert client.call("POST", f"cancel/{job_id}").json() == {"id": job_id, "status": "CANCELLED"}


def test_cancel_of_an_ended_job_changes_nothing(client, worker):
    job_id = client.run()
    worker.work({"output": 1})

    assert client.call("POST", f"cancel/{job_id}").json() == {"id": job_id, "status": "COMPLETED"}


def test_retry_runs_a_failed_job_again_under_its_id(client, worker):
    job_id = client.run({"a": 1})
    worker.work({"error": "bad"})
    assert client.status(job_id)["error"] == "bad"

    assert client.call("POST", f"retry/{job_id}").json() == {"id": job_id, "status": "IN_QUEUE"}
    assert client.status(job_id) == {"id": job_id, "status": "IN_QUEUE"}
    assert worker.take() == {"id": job_id, "input": {"a": 1}}
    worker.done(job_id, {"output": 1})
    assert client.status(job_id)["status"] == "COMPLETED"
    assert client.call("POST", f"retry/{job_id}").status_code == 400


def test_purge_removes_what_is_queued_and_is_limited_to_two_in_ten_seconds(client, worker):
    running = client.run()
    worker.take()
    queued = [client.run(), client.run()]

    assert client.call("POST", "purge-queue").json() == {"removed": 2, "status": "completed"}
    assert client.call("POST", "purge-queue").json() == {"removed": 0, "status": "completed"}
    assert client.call("POST", "purge-queue").status_code == 429
    assert client.status(running)["status"] == "IN_PROGRESS"
    assert {client.status(job_id)["status"] for job_id in queued} == {"CANCELLED"}


def test_a_stream_gives_each_chunk_once(client, worker):
    job_id = client.run()
    worker.take()
    for chunk in ("a", {"b": 1}):
        assert worker.done(job_id, {"output": chunk}, "job-stream") == 200

    assert client.call("GET", f"stream/{job_id}").json() == {
        "status": "IN_PROGRESS",
        "stream": [{"output": "a", "metrics": {}}, {"output": {"b": 1}, "metrics": {}}],
    }
    assert client.call("GET", f"stream/{job_id}").json()["stream"] == []


def test_results_are_gone_after_their_retention(serve, connect, clock):
    client, worker = connect(serve(clock=clock))
    job_id = client.run()
    worker.work({"output": 1})
    clock.now += 1799
    assert client.status(job_id)["status"] == "COMPLETED"
    clock.now += 1

    assert client.call("GET", f"status/{job_id}").status_code == 404
    assert client.call("POST", f"retry/{job_id}").status_code == 404


def test_a_ttl_in_a_status_call_shortens_the_life_of_the_job(serve, connect, clock):
    client, worker = connect(serve(clock=clock))
    job_id = client.run()
    worker.work({"output": 1})
    assert client.call("GET", f"status/{job_id}?ttl=6000").status_code == 200
    clock.now += 5
    assert client.status(job_id)["status"] == "COMPLETED"
    clock.now += 1

    assert client.call("GET", f"status/{job_id}").status_code == 404


def test_health_is_per_endpoint(client, runpod, worker):
    client.run()
    worker.take()
    other = requests.get(
        f"{runpod.url}/other/health", headers={"Authorization": "test-key"}, timeout=5
    ).json()

    assert client.call("GET", "health").json()["jobs"]["inProgress"] == 1
    assert other["jobs"]["inProgress"] == 0
    assert other["workers"]["running"] == 0


def test_jobs_of_one_endpoint_are_unknown_to_another(client, runpod):
    response = requests.get(
        f"{runpod.url}/other/status/{client.run()}",
        headers={"Authorization": "test-key"},
        timeout=5,
    )

    assert response.status_code == 404
