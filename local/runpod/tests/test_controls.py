"""Who may use the controls, what can still go wrong with a job, and the live feed."""

import json

import pytest
import requests

from local.runpod.server import running_in_thread
from local.runpod.settings import Settings

from .conftest import Client

PAGE = "http://127.0.0.1:5005"


@pytest.fixture
def shown():
    """A RunPod with a page that may use its controls."""
    settings = Settings(pages=(PAGE,), identity_fields=("order",))
    with running_in_thread(["ep"], api_key="test-key", settings=settings) as runpod:
        yield Client(runpod)


def ask(client, method, path, *, body=None, **headers):
    return requests.request(
        method, f"{client.controls}/{path}", json=body, headers=headers, timeout=5
    )


def entries(client, count, after=0):
    """The first entries of the feed."""
    found = []
    url = f"{client.controls}/events?after={after}"
    with requests.get(url, stream=True, timeout=10) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
            if len(found) == count:
                return found
    raise AssertionError(found)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "jobs"), ("GET", "events"), ("PUT", "faults"), ("POST", "faults"), ("POST", "notes")],
)
def test_a_page_from_elsewhere_is_refused_whatever_it_asks(shown, method, path):
    for origin in ("https://evil.example", "http://127.0.0.1:8000", "null"):
        answer = ask(shown, method, path, body=[], Origin=origin)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_name_of_somebody_elses_that_leads_here_opens_nothing(shown):
    for host in ("rebound.example", "rebound.example:8900", "127.0.0.1.example"):
        assert ask(shown, "GET", "jobs", Host=host).status_code == 403
    for host in ("localhost:8900", "127.0.0.1", "[::1]:8900"):
        assert ask(shown, "GET", "jobs", Host=host).status_code == 200


def test_the_page_that_it_was_started_for_may_read_and_act(shown):
    asked = ask(shown, "OPTIONS", "faults", Origin=PAGE)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    answer = ask(shown, "POST", "faults", body=[{"action": {"type": "drop_job"}}], Origin=PAGE)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, PAGE)


def test_rules_are_added_to_those_in_force_and_used_up_ones_go(client):
    once = {"action": {"type": "http", "status": 429}, "count": 1}
    client.faults(once)
    assert client.call("POST", "run", json={"input": {}}).status_code == 429
    left = ask(client, "POST", "faults", body=[{"action": {"type": "drop_job"}}]).json()["rules"]
    assert [rule["action"]["type"] for rule in left] == ["drop_job"]
    assert ask(client, "POST", "faults", body=[{"action": {"type": "no"}}]).status_code == 400


def test_the_feed_tells_requests_jobs_callbacks_and_notes_in_order(client, worker, receiver):
    job_id = client.run({"order": "f1", "secret": "s"}, webhook=receiver.url)
    worker.work({"output": 1})
    receiver.wait_for(1)
    note = {"program": "functions", "text": "Hello.", "entry": {"event": "greeted"}}
    assert ask(client, "POST", "notes", body=[note]).status_code == 202

    told = entries(client, 6)
    assert [(one["kind"], one.get("event")) for one in told] == [
        ("job", "submitted"),
        ("request", None),
        ("job", "taken"),
        ("job", "returned"),
        ("callback", None),
        ("note", None),
    ]
    assert {one["job_id"] for one in told[:5]} == {job_id}
    assert (told[1]["operation"], told[1]["answer"]) == ("run", 200)
    assert (told[4]["status"], told[4]["answer"]) == ("COMPLETED", 200)
    assert told[5]["entry"] == {"event": "greeted"}
    assert "secret" not in json.dumps(told)
    assert receiver.url not in json.dumps(told)
    assert entries(client, 1, after=told[4]["id"]) == told[5:]


def test_a_request_that_got_no_answer_is_told_without_one(client):
    client.faults({"action": {"type": "accept_then_drop"}})
    with pytest.raises(requests.ConnectionError):
        client.call("POST", "run", json={"input": {}})
    (request,) = [one for one in entries(client, 2) if one["kind"] == "request"]
    assert "answer" not in request


def test_a_forgotten_job_is_unknown_and_its_worker_does_not_have_it(client, worker, receiver):
    client.faults({"action": {"type": "forget"}, "count": 1})
    forgotten = client.run(webhook=receiver.url)
    assert client.call("GET", f"status/{forgotten}").status_code == 404
    other = client.run(webhook=receiver.url)
    assert worker.work({"output": 1}) == other


def test_what_is_to_go_wrong_can_be_said_of_a_job_that_waits(client, worker, receiver):
    job_id = client.run(webhook=receiver.url)
    lost = [{"type": "webhook_lost"}]
    assert ask(client, "POST", f"jobs/{job_id}/faults", body=lost).status_code == 202
    worker.work({"output": 1})
    client.until(job_id, "COMPLETED")
    log = client.log(job_id=job_id)["jobs"][0]
    assert [one["problem"] for one in log["webhooks"]] == ["lost on purpose"]
    assert [one["type"] for one in log["faults"]] == ["webhook_lost"]
    late = ask(client, "POST", f"jobs/{job_id}/faults", body=lost)
    assert (late.status_code, late.json()) == (400, {"error": "The job has ended."})
    for unknown in ("no", "no%2Fjob"):
        assert ask(client, "POST", f"jobs/{unknown}/faults", body=lost).status_code == 404


def test_a_forged_callback_comes_twice_and_is_told_with_its_answer_however_late_that_is(
    serve, connect, receiver
):
    client, _ = connect(serve(webhook_timeout=0.1))
    receiver.answers = [0.3, 401]
    job_id = client.run(webhook=f"{receiver.url}/token")
    forged = [{"type": "webhook_forged"}]
    assert ask(client, "POST", f"jobs/{job_id}/faults", body=forged).status_code == 202
    receiver.wait_for(2)
    told = [one for one in entries(client, 4) if one.get("event") == "forged callback"]
    answers = [(one["what"], one.get("answer")) for one in told]
    assert answers == [("a lie at its URL", 200), ("a URL never given", 401)]
    assert client.status(job_id)["status"] == "IN_QUEUE"
