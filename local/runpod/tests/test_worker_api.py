"""The worker protocol over HTTP."""

import threading
import time

import pytest
import requests


def test_no_work_is_204_after_the_hold(worker):
    began = time.monotonic()

    assert worker.get("job-take").status_code == 204
    assert time.monotonic() - began >= 0.25
    assert worker.get("job-stop").status_code == 204


def test_a_held_job_take_gets_a_new_job_at_once(serve, connect):
    client, worker = connect(serve(worker_poll=10))
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(worker.take()))
    waiting.start()
    began = time.monotonic()
    job_id = client.run()
    waiting.join()

    assert taken[0]["id"] == job_id
    assert time.monotonic() - began < 3


def test_a_worker_that_left_while_it_waited_gets_no_job(serve, connect):
    client, worker = connect(serve(worker_poll=10))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{worker.base}/job-take/gone?gpu=cpu", timeout=0.2)
    job_id = client.run()

    assert worker.take()["id"] == job_id
    assert [each["worker"] for each in client.history(job_id)["taken"]] == ["w1"]


def test_a_batch_is_a_list_of_as_many_jobs_as_asked_for(client, worker):
    job_ids = [client.run() for _ in range(3)]

    batch = worker.get("job-take-batch", "gpu=cpu&batch_size=2&job_in_progress=0").json()
    assert [job["id"] for job in batch] == job_ids[:2]
    assert worker.get("job-take-batch", "gpu=cpu&batch_size=0").status_code == 400


def test_two_workers_never_get_the_same_job(client, runpod, worker):
    other = type(worker)(runpod, "w2")
    job_ids = {client.run() for _ in range(2)}

    assert {worker.take()["id"], other.take()["id"]} == job_ids


def test_results_for_unknown_and_foreign_jobs_are_swallowed(client, runpod, worker):
    job_id = client.run()
    worker.take()
    foreign = type(worker)(runpod, "w2")

    assert foreign.done(job_id, {"output": 1}) == 200
    assert worker.done("nobody-e1", {"output": 1}) == 200
    assert client.status(job_id)["status"] == "IN_PROGRESS"


def test_a_result_that_is_too_large_is_refused_and_the_job_completes_without_output(serve, connect):
    client, worker = connect(serve(result_bytes=1000))
    job_id = client.run()
    worker.take()

    assert worker.done(job_id, {"output": "x" * 1000}) == 400
    assert client.status(job_id)["status"] == "COMPLETED"
    assert "output" not in client.status(job_id)


def test_a_chunk_that_is_too_large_is_refused_and_the_job_goes_on(serve, connect):
    client, worker = connect(serve(chunk_bytes=1000))
    job_id = client.run()
    worker.take()

    assert worker.done(job_id, {"output": "x" * 1000}, "job-stream") == 400
    assert client.call("GET", f"stream/{job_id}").json() == {"status": "IN_PROGRESS", "stream": []}


def test_a_silent_worker_loses_its_job_and_a_pinging_one_keeps_it(serve, connect, until):
    runpod = serve(worker_silence=0.5)
    client, silent = connect(runpod)
    pinging = type(silent)(runpod, "w2")
    job_id = client.run()
    silent.take()
    until(lambda: client.status(job_id)["status"] == "IN_QUEUE", 5)

    assert pinging.take()["id"] == job_id
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        assert pinging.get("ping").status_code == 200
    assert client.status(job_id)["workerId"] == "w2"
