"""Callbacks: body, repetitions, and what is not called back."""

import pytest
import requests


def test_a_completed_job_is_called_back_once_with_the_body_of_the_cloud(client, worker, receiver):
    job_id = client.run({"a": 1}, webhook=receiver.url)
    worker.work({"output": {"ok": True}})
    (body,) = receiver.wait_for(1)
    status = client.status(job_id)

    assert body == {
        "id": job_id,
        "status": "COMPLETED",
        "delayTime": status["delayTime"],
        "executionTime": status["executionTime"],
        "input": {"a": 1},
        "output": {"ok": True},
        "webhook": receiver.url,
    }


def test_a_failed_job_is_called_back_with_its_error(client, worker, receiver):
    client.run(webhook=receiver.url)
    worker.work({"error": "bad"})
    (body,) = receiver.wait_for(1)

    assert (body["status"], body["error"], "output" in body) == ("FAILED", "bad", False)


def test_a_callback_that_is_not_answered_with_200_is_tried_three_times(
    client, worker, receiver, until
):
    receiver.answers = [500, 202, 404, 200]
    job_id = client.run(webhook=receiver.url)
    worker.work({"output": 1})
    until(lambda: len(client.history(job_id)["webhooks"]) == 3)

    assert [each["answer"] for each in client.history(job_id)["webhooks"]] == [500, 202, 404]
    first, second, third = receiver.times
    assert second - first >= 0.09
    assert third - second >= 0.09


def test_a_callback_ends_with_the_first_200(client, worker, receiver, until):
    receiver.answers = [503, 200]
    job_id = client.run(webhook=receiver.url)
    worker.work({"output": 1})
    until(lambda: len(client.history(job_id)["webhooks"]) == 2)
    second = client.run(webhook=receiver.url)
    worker.work({"output": 2})
    receiver.wait_for(3)

    assert [body["id"] for body in receiver.bodies] == [job_id, job_id, second]


def test_a_receiver_that_is_too_slow_is_tried_again(serve, connect, receiver, until):
    client, worker = connect(serve(webhook_timeout=0.2))
    receiver.answers = [0.5]
    job_id = client.run(webhook=receiver.url)
    worker.work({"output": 1})
    until(lambda: len(client.history(job_id)["webhooks"]) == 2)

    problems = [(each["answer"], each["problem"]) for each in client.history(job_id)["webhooks"]]
    assert problems == [(None, "timeout"), (200, None)]


def test_a_receiver_that_is_down_is_tried_three_times(client, worker, until):
    job_id = client.run(webhook="http://127.0.0.1:9/hook")
    worker.work({"output": 1})
    until(lambda: len(client.history(job_id)["webhooks"]) == 3)

    assert {each["problem"] for each in client.history(job_id)["webhooks"]} == {
        "ClientConnectorError"
    }


def test_cancelled_timed_out_and_deleted_jobs_are_not_called_back(serve, connect, receiver, clock):
    client, worker = connect(serve(clock=clock))
    policies = [{"executionTimeout": 5000}, {"ttl": 10_000}]
    job_ids = [client.run(webhook=receiver.url, policy=policy) for policy in policies]
    for _ in job_ids:
        worker.take()
    cancelled = client.run(webhook=receiver.url)
    client.call("POST", f"cancel/{cancelled}")
    clock.now += 10
    client.until(job_ids[0], "TIMED_OUT")
    # A job that is called back shows that those before it were not.
    last = client.run(webhook=receiver.url)
    worker.work({"output": 1})

    assert [body["id"] for body in receiver.wait_for(1)] == [last]
    assert client.history(job_ids[1])["status"] == "DELETED"


def test_other_ends_call_back_when_the_settings_say_so(serve, connect, receiver):
    client, _ = connect(serve(webhook_statuses=("CANCELLED",)))
    job_id = client.run(webhook=receiver.url)
    client.call("POST", f"cancel/{job_id}")
    (body,) = receiver.wait_for(1)

    assert (body["id"], body["status"]) == (job_id, "CANCELLED")


def test_a_retried_job_is_called_back_again(client, worker, receiver):
    job_id = client.run(webhook=receiver.url)
    worker.work({"error": "bad"})
    receiver.wait_for(1)
    client.call("POST", f"retry/{job_id}")
    worker.work({"output": 1})
    receiver.wait_for(2)

    assert [body["status"] for body in receiver.bodies] == ["FAILED", "COMPLETED"]


def test_a_callback_can_be_sent_once_more(client, worker, receiver):
    job_id = client.run(webhook=receiver.url)
    resend = f"{client.controls}/webhooks/{job_id}/resend"
    assert requests.post(resend, timeout=5).status_code == 400
    worker.work({"output": 1})
    receiver.wait_for(1)
    assert requests.post(resend, timeout=5).status_code == 202

    first, second = receiver.wait_for(2)
    assert first == second


@pytest.mark.parametrize("job_id", ["nobody-e1", ""])
def test_a_callback_of_an_unknown_job_cannot_be_sent_again(client, job_id):
    url = f"{client.controls}/webhooks/{job_id}/resend"

    assert requests.post(url, timeout=5).status_code == 404


def test_a_result_that_expires_is_not_called_back_again(serve, connect, receiver, clock, until):
    client, worker = connect(serve(clock=clock))
    first = client.run(webhook=receiver.url)
    worker.work({"output": 1})
    receiver.wait_for(1)
    clock.now += 1800
    until(lambda: client.history(first)["status"] == "DELETED")
    second = client.run(webhook=receiver.url)
    worker.work({"output": 2})

    assert [body["id"] for body in receiver.wait_for(2)] == [first, second]
    assert len(client.history(first)["webhooks"]) == 1
