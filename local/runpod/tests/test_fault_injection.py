"""Every fault over HTTP: what the caller sees, and what the history says."""

import time

import pytest
import requests


def rule(type_, match=None, **action):
    return {"match": match or {}, "action": {"type": type_, **action}}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_submit_is_refused_and_nothing_is_accepted(client, status):
    client.faults(rule("http", {"input": {"order": "f1"}}, status=status, retry_after=7))
    response = client.call("POST", "run", json={"input": {"order": "f1"}})

    assert (response.status_code, response.headers["Retry-After"]) == (status, "7")
    assert client.run({"order": "f2"})
    log = client.log()
    assert [job["input"] for job in log["jobs"]] == [{"order": "f2"}]
    assert [(each["operation"], each["input"]) for each in log["requests"]] == [
        ("run", {"order": "f1"})
    ]


def test_a_hanging_submit_gets_no_answer_and_is_not_accepted(client):
    client.faults(rule("hang", seconds=0.3))
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        client.call("POST", "run", json={"input": {}})

    assert time.monotonic() - began >= 0.3
    assert client.log()["jobs"] == []


def test_a_client_that_gives_up_on_a_hanging_submit_has_started_nothing(client):
    client.faults(rule("hang", seconds=60))
    with pytest.raises(requests.ReadTimeout):
        client.session.post(f"{client.base}/run", json={"input": {}}, timeout=0.2)

    assert client.log()["jobs"] == []


def test_a_delayed_submit_is_accepted_late(client):
    client.faults(rule("delay", seconds=0.3))
    began = time.monotonic()

    assert client.run()
    assert time.monotonic() - began >= 0.3


def test_a_submit_can_be_accepted_without_an_answer_and_runs(client, worker, receiver):
    client.faults(rule("accept_then_drop"))
    with pytest.raises(requests.ConnectionError):
        client.call("POST", "run", json={"input": {"order": "f1"}, "webhook": receiver.url})
    job_id = worker.work({"output": 1})
    receiver.wait_for(1)

    (request,) = client.log(order="f1")["requests"]
    assert (request["job_id"], request["fault"]) == (job_id, {"type": "accept_then_drop"})
    assert client.status(job_id)["status"] == "COMPLETED"


def test_a_dropped_job_stays_in_the_queue(client, worker):
    client.faults(rule("drop_job", {"input": {"order": "f1"}}))
    dropped, second = client.run({"order": "f1"}), client.run({"order": "f2"})

    assert worker.take()["id"] == second
    assert worker.take() is None
    assert client.status(dropped)["status"] == "IN_QUEUE"
    assert client.history(dropped)["faults"] == [{"type": "drop_job"}]


def test_a_lost_callback_is_noted_and_not_sent(client, worker, receiver, until):
    client.faults(rule("webhook_lost", {"input": {"order": "f1"}}))
    lost = client.run({"order": "f1"}, webhook=receiver.url)
    worker.work({"output": 1})
    second = client.run(webhook=receiver.url)
    worker.work({"output": 1})

    assert [body["id"] for body in receiver.wait_for(1)] == [second]
    (delivery,) = until(lambda: client.history(lost)["webhooks"])
    assert delivery["problem"] == "lost on purpose"


def test_a_repeated_callback_arrives_as_often_as_said(client, worker, receiver):
    client.faults(rule("webhook_repeated", times=3))
    job_id = client.run(webhook=receiver.url)
    worker.work({"output": 1})

    assert [body["id"] for body in receiver.wait_for(3)] == [job_id] * 3


def test_a_late_callback_arrives_late(client, worker, receiver):
    client.faults(rule("webhook_late", seconds=0.4))
    client.run(webhook=receiver.url)
    worker.work({"output": 1})
    began = time.monotonic()
    receiver.wait_for(1)

    assert time.monotonic() - began >= 0.3


def test_a_reordered_callback_arrives_after_the_next_one(client, worker, receiver):
    client.faults(rule("webhook_reordered", {"input": {"order": "f1"}}, seconds=30))
    first = client.run({"order": "f1"}, webhook=receiver.url)
    worker.work({"output": 1})
    second = client.run({"order": "f2"}, webhook=receiver.url)
    worker.work({"output": 2})

    assert [body["id"] for body in receiver.wait_for(2)] == [second, first]


def test_a_reordered_callback_without_a_next_one_arrives_in_the_end(client, worker, receiver):
    client.faults(rule("webhook_reordered", seconds=0.2))
    job_id = client.run(webhook=receiver.url)
    worker.work({"output": 1})

    assert [body["id"] for body in receiver.wait_for(1)] == [job_id]


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (rule("complete_without_output"), {"status": "COMPLETED"}),
        (rule("output", output={"odd": 1}), {"status": "COMPLETED", "output": {"odd": 1}}),
        (rule("fail", error="boom"), {"status": "FAILED", "error": "boom"}),
    ],
    ids=lambda value: str(value.get("action", value)),
)
def test_a_result_can_be_replaced(client, worker, fault, seen):
    client.faults(fault)
    job_id = client.run()
    worker.work({"output": "real"})
    status = client.status(job_id)

    assert {key: status[key] for key in ("status", "output", "error") if key in status} == seen


def test_a_job_can_be_unknown_to_status_and_run_all_the_same(client, worker, receiver):
    client.faults(rule("status_404"))
    job_id = client.run(webhook=receiver.url)

    assert client.call("GET", f"status/{job_id}").status_code == 404
    worker.work({"output": 1})
    receiver.wait_for(1)
    assert client.call("GET", f"status/{job_id}").status_code == 404
    assert client.history(job_id)["status"] == "COMPLETED"


def test_a_fault_can_strike_the_workers_result(client, worker):
    client.faults(
        {
            "match": {"operation": "job-done", "input": {"order": "f1"}},
            "action": {"type": "http", "status": 500},
            "count": 1,
        }
    )
    job_id = client.run({"order": "f1"})
    worker.take()

    assert worker.done(job_id, {"output": 1}) == 500
    assert client.status(job_id)["status"] == "IN_PROGRESS"
    assert worker.done(job_id, {"output": 1}) == 200
    assert client.status(job_id)["status"] == "COMPLETED"


def test_a_kill_of_a_worker_that_is_not_ours_is_noted(client, worker, until):
    client.faults(rule("worker_kill"))
    job_id = client.run()
    worker.take()
    events = until(lambda: (found := client.history(job_id)["events"])[2:] and found)

    assert [each["event"] for each in events] == ["submitted", "taken", "worker out of reach"]


def test_rules_can_be_listed_and_cleared(client):
    one = {"action": {"type": "http", "status": 500}, "count": 1}
    listed = client.faults(one)
    assert listed == [{**one, "matched": 0, "applied": 0}]
    assert client.call("POST", "run", json={"input": {}}).status_code == 500
    faults = f"{client.controls}/faults"
    assert requests.get(faults, timeout=5).json()["rules"][0]["applied"] == 1
    assert requests.delete(faults, timeout=5).json() == {"rules": []}


def test_bad_rules_are_refused_with_the_field_and_leave_the_old_ones(client):
    client.faults(rule("drop_job"))
    response = requests.put(
        f"{client.controls}/faults", json=[{"action": {"type": "hang"}}], timeout=5
    )

    assert response.status_code == 400
    assert response.json()["details"][0]["field"] == "0.action.hang.seconds"
    assert len(requests.get(f"{client.controls}/faults", timeout=5).json()["rules"]) == 1


def test_the_history_keeps_identity_fields_and_outlives_the_job(serve, connect, clock):
    client, worker = connect(serve(clock=clock))
    job_id = client.run({"order": "f1", "attempt": 2, "prompt": "a secret wish"})
    worker.work({"output": 1})
    clock.now += 1800
    assert client.call("GET", f"status/{job_id}").status_code == 404
    log = client.log(order="f1")

    assert log["jobs"][0]["input"] == {"order": "f1", "attempt": 2}
    assert [each["worker"] for each in log["jobs"][0]["taken"]] == ["w1"]
    assert "secret" not in str(log)
    assert client.log(order="f2") == {"jobs": [], "requests": []}


def test_rate_limited_calls_are_in_the_history(client):
    for _ in range(3):
        client.call("POST", "purge-queue")

    assert [each["fault"] for each in client.log()["requests"]] == [{"type": "rate_limit"}]


def test_all_jobs_can_be_listed(client):
    job_id = client.run({"a": 1})

    assert requests.get(f"{client.controls}/jobs", timeout=5).json()["jobs"] == [
        {"id": job_id, "status": "IN_QUEUE", "endpoint": "ep", "input": {"a": 1}}
    ]


def test_without_a_crew_it_is_ready_at_once(client):
    assert requests.get(f"{client.controls}/ready", timeout=5).json() == {
        "ready": True,
        "workers": {"ep": [], "other": []},
    }
