"""docs/costs.md holds what `python -m bench.costs` prints; prices say where they are from."""

import datetime as dt
import json
import subprocess
import sys
import tomllib

import pytest

import main
from bench import costs
from bench.bill import Plan, monthly_bill
from bench.own_gpus import cost_of_a_picture
from bench.stored_bytes import Sizes

COUNTS = json.loads(costs.COUNTS.read_text())
PRICES = tomllib.loads(costs.PRICES.read_text()) | costs.own(costs.ENDPOINTS)
PUBLIC = costs.public_prices(tomllib.loads(costs.MODELS.read_text()))
LISTED = {name: one for name, one in PRICES.items() if "source" in one}


def bill(pictures, seconds=5.0, *, public=False, **more):
    return monthly_bill(COUNTS, PRICES, Plan(pictures, seconds, **more), public=public)


def test_the_pages_tables_are_what_is_printed():
    page = costs.PAGE.read_text()
    tables = costs.all_tables(COUNTS, PRICES, PUBLIC)
    assert page == costs.filled(page, tables), "run `.venv/bin/python -m bench.costs --write`"
    for name, table in tables.items():
        assert table in page, f"docs/costs.md has no place for {name}"


@pytest.mark.parametrize("name", LISTED)
def test_a_price_says_where_and_when_it_was_read(name):
    one = LISTED[name]
    assert one["source"].startswith("https://")
    assert isinstance(one["read"], dt.date)
    assert one["seen"] in ("page", "copy", "other")
    assert one["usd"] > 0
    assert one["note"]


def test_functions_have_the_memory_that_is_reckoned_with():
    memory = PRICES["memory_gib"]
    for name, function in vars(main).items():
        endpoint = getattr(function, "__firebase_endpoint__", None)
        if endpoint is not None:
            gib = endpoint.availableMemoryMb / 1024
            assert memory.get(name, memory["default"]) == gib, name
            assert endpoint.cpu == 1, "the bill reckons with one vCPU"


def test_what_is_free_is_taken_off_once():
    assert bill(1).total == bill(1_000).total == 0
    much, more = bill(2_000_000), bill(3_000_000)
    million = more.total - much.total
    assert bill(4_000_000).total == pytest.approx(more.total + million)
    assert much.total < 2 * million


def test_downloads_and_keeping_cost_what_a_picture_weighs():
    size = COUNTS["scenes"]["picture"]["stored_files"] / 1e9
    once, thrice = bill(10**6), bill(10**6, downloads=3.0)
    on_the_way = "pictures on their way to users"
    dearer = thrice.lines[on_the_way] - once.lines[on_the_way]
    assert dearer == pytest.approx(2 * 10**6 * size * PRICES["egress_gb"]["usd"])
    kept = bill(10**6, months=2.0).lines["Storage: what is stored"]
    assert kept - once.lines["Storage: what is stored"] == pytest.approx(
        10**6 * size * PRICES["storage_gb_months"]["usd"]
    )


def test_a_worker_without_work_is_paid_for_its_start_and_its_idling():
    given = {"seconds": 5, "idle": 10, "start": 20, "busiest": 1.0}
    assert cost_of_a_picture(0.5, a_second=1e-9, **given) == pytest.approx(0.5 * 35)
    assert cost_of_a_picture(0.5, a_second=0.2, **given) == pytest.approx(0.5 * 5)  # always busy
    two = cost_of_a_picture(0.5, a_second=0.21, **given)  # each of two is idle half of the time
    assert 0.5 * 5 < two < 0.5 * 35


def test_a_document_takes_what_googles_own_example_takes():
    fields = {
        "type": {"stringValue": "Personal"},
        "done": {"booleanValue": False},
        "priority": {"integerValue": "1"},
        "description": {"stringValue": "Learn Cloud Firestore"},
    }
    sizes = Sizes(costs.ROOT / "firestore.indexes.json")
    assert sizes.document("users/jeff/tasks/my_task_id", fields) == 147
    # Both directions of each field, each with both names (44 + 27), the field's and 32 bytes.
    entries = 2 * sum(44 + 27 + size + 32 for size in (14, 6, 17, 34))
    assert sizes.index_entries("users/jeff/tasks/my_task_id", fields) == entries


def run(*arguments):
    command = [sys.executable, "-m", "bench.costs", *arguments]
    return subprocess.run(
        command, cwd=costs.ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_ones_own_numbers_are_answered_with_two_tables():
    done = run("--pictures", "250000", "--seconds", "8")
    assert done.returncode == 0, done.stderr
    assert "| A month | 250,000, own workers | 250,000, public endpoint |" in done.stdout
    assert "8 s each" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--pictures", "0"], "0 is not a number of pictures from 1 to 10^9"),
        (["--seconds", "-1"], "-1 is not a number from 0 on"),
        (["--prices", "nowhere.toml"], "there is no file nowhere.toml"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(arguments, sentence):
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
