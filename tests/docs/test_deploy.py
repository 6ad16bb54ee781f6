"""docs/deploy.md and the doctor name the same things in the same order."""

import re
from pathlib import Path

from tools.doctor.order import CHECKS, chosen
from tools.setup.ways import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
ROWS = re.findall(r"^\| `([a-z -]+)` \| .+ \| (.+) \|$", PAGE, re.MULTILINE)


def mended_by(command):
    return {name for name, who in ROWS if who.startswith(f"`{command}`")}


def test_the_page_has_a_row_for_each_check_in_the_doctors_order():
    assert [name for name, _ in ROWS] == [one.name for one in CHECKS]


def test_who_mends_a_check_is_who_the_page_says():
    before = {one.name for one in chosen(machine_only=False, before_deploy=True)}
    assert mended_by("make deploy") == {one.name for one in CHECKS} - before
    # By requests and by parameters, beside the commands.
    assert mended_by("make setup") == {*COMMANDS, "secrets", "bucket", "limits"}


def test_the_steps_of_the_page_are_numbered_and_their_targets_come_in_order():
    parts = re.findall(r"^## (\d)\. ", PAGE, re.MULTILINE)
    assert parts == [str(number) for number in range(1, len(parts) + 1)]
    first = [PAGE.index(f"\nmake {one} PROJECT=my-project") for one in ("doctor", "setup")]
    first += [PAGE.index(f"\nmake {one} PROJECT=my-project") for one in ("deploy", "alerts")]
    assert first == sorted(first)
