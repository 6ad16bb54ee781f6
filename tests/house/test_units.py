"""How `make test` divides the tests over its processes: conftest.py at the root."""

from collections import deque
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
TESTS = [
    "tests/api/test_schema.py::test_one[a::b]",
    "tests/api/test_schema.py::test_one[c]",
    "tests/unit/test_a.py::test_one",
    "tests/unit/test_a.py::test_two",
    "tests/unit/test_b.py::test_one",
    "tests/console/test_a.py::test_one",
    "tests/console/test_b.py::test_one",
]


class Process:
    """One of pytest-xdist's: takes tests by their number."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.taken: deque[int] = deque()

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.taken.extend(numbers)

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def ours(request):
    """conftest.py as this run has loaded it."""
    plugins = request.config.pluginmanager.get_plugins()
    return next(one for one in plugins if getattr(one, "__file__", "") == str(ROOT / "conftest.py"))


@pytest.fixture
def divided(ours):
    """`divided(tests)`: the process that ran each of them, in the order in which they ended."""

    def divide(tests: list[str]) -> dict[str, str]:
        items = [SimpleNamespace(nodeid=test) for test in tests]
        ours.pytest_collection_modifyitems(items)
        collected = [item.nodeid for item in items]
        config = SimpleNamespace(
            option=SimpleNamespace(loadscopereorder=True, tx=["popen"] * 2, maxprocesses=None),
            getvalue=lambda _name: ["popen", "popen"],
        )
        scheduler = ours.pytest_xdist_make_scheduler(config, None)
        processes = [Process("one"), Process("two")]
        for process in processes:
            scheduler.add_node(process)
        for process in processes:
            scheduler.add_node_collection(process, collected)
        scheduler.schedule()
        ran = {}
        while any(process.taken for process in processes):
            for process in processes:
                if process.taken:
                    number = process.taken.popleft()
                    ran[collected[number]] = process.gateway.id
                    scheduler.mark_test_complete(process, number)
        return ran

    return divide


def test_what_shares_a_system_or_a_file_runs_in_one_process(divided):
    ran = divided(TESTS)

    assert ran.keys() == set(TESTS)
    for shared in ("tests/console/", "tests/unit/test_a.py"):
        assert len({where for test, where in ran.items() if test.startswith(shared)}) == 1, shared


def test_files_of_such_a_folder_that_share_another_system_are_beside_it(divided, ours):
    (folder,) = {str(PurePosixPath(file).parent) for file in ours.OTHERS}
    both = [f"{file}::test_one" for file in ours.OTHERS if ours.OTHERS[file] == ours.CREDENTIALS]
    ran = divided([*both, f"{folder}/test_other.py::test_a", f"{folder}/test_other.py::test_b"])

    (beside,) = {ran[test] for test in both}
    (own,) = {where for test, where in ran.items() if "test_other" in test}
    assert beside != own


def test_tests_that_share_nothing_and_compute_for_long_are_spread(divided):
    ran = divided(TESTS[:2])
    assert sorted(ran.values()) == ["one", "two"]


def test_what_takes_longest_begins_first(divided):
    assert next(iter(divided(TESTS))).startswith("tests/console/")


def test_no_long_one_waits_behind_another_while_processes_are_free(divided):
    long = ["tests/chaos/test_chaos.py::test_all", "tests/rules/test_a.py::test_table"]
    ran = divided([*long, "tests/contract/test_store.py::test_one", "tests/unit/test_a.py::test_a"])
    assert {ran[test] for test in long} == {"one", "two"}
    assert ran["tests/unit/test_a.py::test_a"] == ran[long[0]]


def test_each_name_in_the_lists_is_that_of_a_file_or_folder(ours):
    systems = {*ours.OTHERS.values()}
    for name in {*ours.SHARING, *ours.APART, *ours.OTHERS, *ours.LONG} - systems:
        assert (ROOT / name).exists(), name
