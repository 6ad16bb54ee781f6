"""What of a submitted body is taken, and what is refused."""

import re

import pytest

from local.runpod.errors import BadRequest
from local.runpod.settings import Settings
from local.runpod.submission import parse_job, parse_object, parse_ttl, parse_wait

SETTINGS = Settings()


def parse(body, wait=None):
    return parse_job(body, endpoint_id="ep", wait=wait, settings=SETTINGS, now=50.0)


def test_a_job_takes_policy_and_webhook_and_discards_what_runpod_does_not_know():
    job = parse(
        {
            "input": {"a": 1},
            "webhook": "https://example.org/x",
            "policy": {"executionTimeout": 5000, "ttl": 10_000, "lowPriority": True},
            "else": 1,
        }
    )

    assert (job.input, job.webhook) == ({"a": 1}, "https://example.org/x")
    assert (job.execution_timeout, job.ttl, job.expires_at) == (5.0, 10.0, 60.0)
    assert (job.submitted_at, job.retention) == (50.0, 1800.0)


def test_ids_are_shaped_as_the_cloud_shapes_them():
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"

    assert re.fullmatch(f"{uuid}-e1", parse({"input": {}}).id)
    assert re.fullmatch(f"sync-{uuid}-e1", parse({"input": {}}, wait=90.0).id)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "input"),
        ({"input": None}, "input"),
        ({"input": "text"}, "input"),
        ({"input": {}, "webhook": "ftp://example.org"}, "webhook"),
        ({"input": {}, "webhook": "https://"}, "webhook"),
        ({"input": {}, "webhook": 5}, "webhook"),
        ({"input": {}, "policy": [1]}, "policy"),
        ({"input": {}, "policy": {"executionTimeout": 4999}}, "policy.executionTimeout"),
        ({"input": {}, "policy": {"executionTimeout": 604_800_001}}, "policy.executionTimeout"),
        ({"input": {}, "policy": {"executionTimeout": "soon"}}, "policy.executionTimeout"),
        ({"input": {}, "policy": {"ttl": 9999}}, "policy.ttl"),
        ({"input": {}, "policy": {"ttl": 604_800_001}}, "policy.ttl"),
        ({"input": {}, "policy": {"ttl": True}}, "policy.ttl"),
        ({"input": {}, "policy": {"ttl": float("nan")}}, "policy.ttl"),
    ],
    ids=str,
)
def test_a_bad_body_is_refused_by_the_name_of_the_field(body, problem):
    with pytest.raises(BadRequest, match=f"`{problem}`"):
        parse(body)


@pytest.mark.parametrize("text", ["999", "300001", "x", ""])
def test_a_wait_outside_its_bounds_is_refused(text):
    with pytest.raises(BadRequest, match="`wait`"):
        parse_wait(text, SETTINGS)


def test_waits_and_ttls_are_milliseconds():
    assert parse_wait("1500", SETTINGS) == 1.5
    assert parse_wait(None, SETTINGS) == 90.0
    assert parse_ttl("6000") == 6.0
    assert parse_ttl(None) is None


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"{}"])
def test_nothing_and_null_are_an_empty_object(body):
    assert parse_object(body) == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"\xff"])
def test_what_is_not_a_json_object_is_refused(body):
    with pytest.raises(BadRequest):
        parse_object(body)
