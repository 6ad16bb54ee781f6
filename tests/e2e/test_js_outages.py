"""The package `firepod` while things do not go well: outages, other users, sessions that end."""

import json
import os
import shutil

import pytest

from local.stack.child import ROOT
from tests.e2e.test_js_client import app, run

pytestmark = pytest.mark.e2e
__all__ = ["app"]  # a fixture, which pytest finds by its name here

SCENARIOS = ROOT / "tests/e2e/js_outages.mjs"


@pytest.fixture
def scenario(app, stack):
    def play(name):
        shutil.copy(SCENARIOS, app)
        rules = (ROOT / "firestore.rules").read_text("utf-8")
        command = ("node", SCENARIOS.name, str(stack.port_offset), name)
        return json.loads(run(*command, cwd=app, env={**os.environ, "RULES": rules}))

    return play


def test_a_network_that_goes_and_comes_back_is_told_and_all_goes_on(scenario):
    said = scenario("outage")
    assert said["hasty"]["code"] == "unavailable"
    assert said["connection"] == [True, False, True]
    # What waited was started once, and the list that was open goes on.
    assert said["prompts"] == ["patient", "before"]


def test_an_upload_waits_and_goes_on_or_is_stopped(scenario):
    said = scenario("upload")
    assert said["path"].endswith(".png")
    assert said["waiting"] == [True, False]
    assert said["progress"] == 1
    assert said["stopped"]["code"] == "aborted"


def test_nothing_that_one_user_began_goes_on_as_another_one(scenario):
    said = scenario("another")
    for refused in ("asked", "stored", "old"):
        assert said[refused]["code"] == "unauthenticated", refused
    assert said["theirs"] == []


def test_a_session_whose_account_is_gone_is_over(scenario):
    said = scenario("deleted")
    assert said["refused"]["message"] == "Your session is over. Sign in again."
    assert said["again"]["code"] == "unauthenticated"


def test_a_list_that_was_refused_begins_again(scenario):
    said = scenario("refused")
    assert said["errors"][0] == "permission-denied"
    assert said["prompts"] == ["there"]


def test_a_thousand_lists_that_were_closed_are_held_by_nobody(scenario):
    assert scenario("thousand") == {"left": 0}
