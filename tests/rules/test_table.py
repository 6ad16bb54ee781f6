"""Who may do what in Firestore and Storage: every row of table.json, with the real SDKs."""

import os
import pathlib
from collections import Counter

import pytest

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(420)]


def test_everybody_gets_exactly_what_the_table_says(table_results):
    wrong = [row for row in table_results if row["got"] != row["expected"]]
    assert wrong == []


def test_table_covers_both_services_and_everybody(table_results):
    services = Counter(row["id"].split()[0] for row in table_results)
    assert services["firestore"] > 500
    assert services["storage"] > 500
    assert Counter(row["who"] for row in table_results).keys() == {
        "nobody", "owner", "anonymous", "other", "forged", "admin"
    }  # fmt: skip
    assert {row["expected"] for row in table_results} == {"allowed", "denied"}


@pytest.mark.skipif(
    os.environ.get("EMULATORS") == "official", reason="Google's emulators word their own logs"
)
def test_denials_are_logged_with_the_line_of_the_rule(emulators, table_results):
    log = emulators.log.with_name("firestore-debug.log").read_text() + emulators.log.read_text()
    rules = (pathlib.Path(__file__).parents[2] / "firestore.rules").read_text().splitlines()
    line = next(n for n, text in enumerate(rules, 1) if "allow get, list" in text)
    assert f"false for 'get' @ L{line}" in log
    assert "for 'create' @ L" in log
