"""docs/reliability.md names its evidence; here the names are looked up."""

import re
from pathlib import Path

from tests.chaos.plan import FAULTS
from tests.failpoints.test_killed_deletions import SCENARIOS as DELETIONS
from tests.failpoints.test_killed_functions import SCENARIOS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reliability.md").read_text()
NAMED = set(re.findall(r"`([^`]+)`", TEXT))


def test_every_test_that_is_named_exists():
    modules = list((ROOT / "tests").rglob("test_*.py"))
    functions = {
        name for path in modules for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    named = {name for name in NAMED if name.startswith("test_")}
    assert named - functions - {path.name for path in modules} == set()
    assert len(named) > 20


def test_every_fault_of_the_chaos_run_and_every_scenario_has_its_line():
    families = tuple(name[:-1] for name in NAMED if name.endswith("_*"))
    faults = {name for name in FAULTS if not name.startswith(families)}
    assert (faults | SCENARIOS.keys() | DELETIONS.keys()) - NAMED == set()
