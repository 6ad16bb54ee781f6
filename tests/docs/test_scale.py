"""docs/scale.md holds what `python -m bench.simulate` prints, and that follows what is deployed."""

import json
import subprocess
import sys

import pytest

from bench import simulate
from bench.one_life import job_writes

COUNTS = json.loads(simulate.COUNTS.read_text())
DEPLOYED = simulate.deployment()


def limits(**stream):
    found = simulate.limits(simulate.Stream(**{"rate": 10, **stream}), COUNTS, DEPLOYED)
    return {one.what: one for one in found}


def test_the_pages_tables_are_what_is_printed():
    page = simulate.PAGE.read_text()
    tables = simulate.all_tables(COUNTS, DEPLOYED)
    assert page == simulate.filled(page, tables), "run `python -m bench.simulate --write`"
    for name, table in tables.items():
        assert table in page, f"docs/scale.md has no place for {name}"


def test_a_jobs_writes_are_those_of_the_changes_of_one_life():
    assert job_writes(0) == len(("accepted", "submitted", "claimed", "over"))
    assert job_writes(4) == len(("accepted", "submitted", "over")) + 4


def test_instances_and_rates_are_those_that_are_deployed():
    assert limits()["Functions: `generate`"].allowed == 20 * 1000
    public = limits(workers="public")
    assert public["Cloud Tasks: the queue of `reconcile`"].allowed == 150


@pytest.mark.parametrize("workers", simulate.WORKERS)
def test_what_a_stream_takes_nothing_of_is_no_limit_of_it(workers):
    found = limits(workers=workers, keys=0, kept=False)
    assert not any("expires_at" in what for what in found)
    assert ("IAM: signatures" in found) == (workers == "keyless")
    assert list(found.values()) == sorted(found.values(), key=lambda one: one.met_at)


def test_longer_work_costs_reports_and_nothing_else():
    short, long = limits(seconds=5), limits(seconds=50)
    dearer = {what for what, one in long.items() if one.each > short[what].each * 1.5}
    assert dearer == {"Functions: `runpodwebhook`"}


def run(*arguments):
    command = [sys.executable, "-m", "bench.simulate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_ones_own_numbers_are_answered_with_one_table():
    done = run("--rate", "20", "--seconds", "30")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("20 generations a second, without keys, 30 s each:")
    assert "is met first" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--rate", "0"), ("--rate", "many"), ("--rate", "5", "--keys", "2")]
)
def test_numbers_that_make_no_sense_are_refused_with_a_sentence(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert f" {arguments[-1]} is " in done.stderr.splitlines()[-1]
