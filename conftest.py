"""How the suite is divided over processes (`pytest -n`): what shares servers stays together."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("THREADS", "16")  # as functions/.env has it; read at import

ROOT = Path(__file__).parent
# Folders of tests/ whose tests share one expensive system; everywhere else a file is the unit.
SHARING = frozenset({"e2e", "rules", "browser", "console", "delivery"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(ROOT)
        folder = place.parts[1]
        group = folder if place.parts[0] == "tests" and folder in SHARING else str(place)
        item.add_marker(pytest.mark.xdist_group(group))
