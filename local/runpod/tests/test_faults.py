"""Which requests and jobs the rules strike."""

import json

import pytest
from pydantic import ValidationError

from local.runpod.faults import Faults, parse_rules


def armed(*rules):
    faults = Faults()
    faults.replace(parse_rules(json.dumps(rules).encode()))
    return faults


def strikes(faults, times=6, endpoint="ep", operation="run", job_input=None):
    return [
        faults.on_request(endpoint, operation, job_input or {}) is not None for _ in range(times)
    ]


def test_every_nth_match_after_the_skipped_ones_is_struck_until_the_count_is_reached():
    rule = {"action": {"type": "http", "status": 429}, "skip": 1, "every": 2, "count": 2}

    assert strikes(armed(rule), 8) == [False, False, True, False, True, False, False, False]


def test_a_probability_is_repeatable_by_its_seed():
    rule = {"action": {"type": "http", "status": 500}, "probability": 0.3, "seed": 7}
    first, second = strikes(armed(rule), 200), strikes(armed(rule), 200)

    assert first == second
    assert 30 <= sum(first) <= 90
    assert strikes(armed({**rule, "seed": 8}), 200) != first


def test_a_rule_is_bound_to_endpoint_operation_and_input_fields():
    faults = armed(
        {
            "match": {"endpoint": "ep", "operation": "status", "input": {"order": "f1"}},
            "action": {"type": "http", "status": 503},
        }
    )
    wanted = {"order": "f1", "seed": 5}

    assert strikes(faults, 1, "ep", "status", wanted) == [True]
    assert strikes(faults, 1, "other", "status", wanted) == [False]
    assert strikes(faults, 1, "ep", "run", wanted) == [False]
    assert strikes(faults, 1, "ep", "status", {"order": "f2"}) == [False]
    assert strikes(faults, 1, "ep", "status", {}) == [False]


def test_without_an_operation_a_rule_means_submits():
    faults = armed({"action": {"type": "http", "status": 500}})

    assert strikes(faults, 1, operation="run") == [True]
    assert strikes(faults, 1, operation="runsync") == [True]
    assert strikes(faults, 1, operation="status") == [False]
    assert strikes(faults, 1, operation="job-take") == [False]


def test_a_job_is_struck_by_all_rules_on_jobs_and_a_request_by_the_first_on_requests():
    faults = armed(
        {"action": {"type": "webhook_lost"}},
        {"action": {"type": "hang", "seconds": 1}},
        {"action": {"type": "http", "status": 500}},
        {"action": {"type": "worker_kill", "after_progress": 0.5}},
    )

    assert [action.type for action in faults.on_job("ep", "run", {})] == [
        "webhook_lost",
        "worker_kill",
    ]
    assert faults.on_request("ep", "run", {}).type == "hang"
    assert [rule["applied"] for rule in faults.describe()] == [1, 1, 0, 1]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": {"type": "explode"}},
        {"action": {"type": "http", "status": 200}},
        {"action": {"type": "hang"}},
        {"action": {"type": "drop_job", "seconds": 1}},
        {"action": {"type": "drop_job"}, "probability": 1.5},
        {"action": {"type": "drop_job"}, "match": {"operation": "dance"}},
    ],
    ids=str,
)
def test_a_rule_that_makes_no_sense_is_refused(rule):
    with pytest.raises(ValidationError):
        armed(rule)
