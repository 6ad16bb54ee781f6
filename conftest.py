"""How the suite is divided over processes (`pytest -n`): what shares servers stays together."""

import os
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

os.environ.setdefault("THREADS", "16")  # as functions/.env has it; read at import
os.environ["FIREPOD_BACKGROUND_NICENESS"] = "0"  # tests wait for repairs; all cores are busy
os.environ.pop("RUNPOD_API_KEY", None)  # no test spends a developer's money

# Folders whose tests share one expensive system; everywhere else a file is the unit.
SHARING = ("tests/e2e", "tests/rules", "tests/browser", "tests/console")
# Files of such a folder that share another one.
CREDENTIALS = "tests/e2e, workers with credentials"
ONLY_A_KEY = "tests/e2e, with RunPod in its place"
OTHERS = dict.fromkeys(
    ("tests/e2e/test_direct_requests.py", "tests/e2e/test_seeds_direct.py"), CREDENTIALS
) | {"tests/e2e/test_only_a_key.py": ONLY_A_KEY}
# Files whose tests share nothing, and compute for long: each test is a unit.
APART = ("tests/api/test_schema.py",)
# What takes longest, longest first, so that nothing is left for the end that all wait for.
LONG = (
    "tests/chaos/test_chaos.py",
    CREDENTIALS,
    ONLY_A_KEY,
    "tests/e2e",
    "tests/console",
    "tests/local/stack/test_lifecycle.py",
    "tests/delivery/test_base64.py",
    "tests/delivery/test_upload_urls.py",
    "tests/local/stack/test_kept_data.py",
    "tests/browser",
    "tests/rules",
    "tests/failpoints",
    "tests/local/stack/test_plain_emulators.py",
    "tests/unit/test_life.py",
    "tests/house/test_new_task.py",
    "tests/unit/test_out_of_reach.py",
    "tests/worker/engines",
    "tests/contract",
)
STACK_SECONDS = 300  # for one test of these, with the start of its servers
# What has an environment of its own, by what it needs of it; `make test` goes past it.
ELSEWHERE = {"tests/engines/diffusers": "diffusers", "tests/engines/chatterbox": "chatterbox"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    place = collection_path.relative_to(config.rootpath).as_posix()
    needed = ELSEWHERE.get(place)
    return True if needed is not None and find_spec(needed) is None else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Divide by what a test stands in, whatever `--dist` says.

    pytest-xdist's own groups are marks, which it hands on in a way that pytest 9.2 ignores.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

        def _assign_work_unit(self, node: Any) -> None:
            # A process has to know its next test before it begins with the one before. What waits
            # behind a long one is the last of the queue.
            held = self.assigned_work.get(node, {}).values()
            if held and not any(done for tests in held for done in tests.values()):
                self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
            super()._assign_work_unit(node)

    config.option.loadscopereorder = False  # it would begin with the unit of most tests
    return ByPlace(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    # Stacks start one after the other: what is first in its stack waits for those of others.
    if _turn(unit(item.nodeid)) < len(LONG) and item.get_closest_marker("timeout") is None:
        item.add_marker(pytest.mark.timeout(STACK_SECONDS))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(unit(item.nodeid)))


def unit(nodeid: str) -> str:
    """What one process runs, and no other one beside it."""
    file = nodeid.partition("::")[0]
    if file in APART:
        return nodeid
    if file in OTHERS:
        return OTHERS[file]
    return next((folder for folder in SHARING if PurePosixPath(file).is_relative_to(folder)), file)


def _turn(name: str) -> int:
    turns = (turn for turn, start in enumerate(LONG) if name.startswith(start))
    return next(turns, len(LONG))
