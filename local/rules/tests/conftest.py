from typing import Any

import pytest

from local.rules import Decision, Request
from local.rules.tests.asking import ROOT, firestore_rules


@pytest.fixture
def evaluate():
    """Evaluate an expression: True or False for a boolean, the message for an error."""

    def run(expression: str, **variables: Any) -> bool | str:
        def decide(condition: str) -> Decision:
            ruleset = firestore_rules(f"match /x/{{id}} {{ allow get: if {condition}; }}")
            request = Request(
                "cloud.firestore",
                "get",
                (*ROOT, "x", "1"),
                {"request": {"auth": None}, "resource": None, **variables},
            )
            return ruleset.evaluate(request)

        decision = decide(expression)
        if decision.allowed:
            return True
        reason = decision.reason.removesuffix(" for 'get' @ L4")
        return False if reason == "false" else reason

    return run
