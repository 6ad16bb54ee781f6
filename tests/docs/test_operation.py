"""docs/operation.md has a part for each alert, and what it tells people to type is there."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.test_commands import commands_of, pages
from tools.alerts import wanted

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / wanted.PAGE).read_text()
ALERTS = wanted.read().alerts
FIREBASE = "node_modules/.bin/firebase"


def test_each_alert_has_its_part_and_each_part_its_alert():
    assert set(ALERTS) == {path.stem for path in (wanted.OPERATIONS / "alerts").iterdir()}
    alerts = PAGE.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^### (\S+)$", alerts, re.MULTILINE)) == sorted(ALERTS)
    for part in re.split(r"^### ", alerts, flags=re.MULTILINE)[1:]:
        assert "**Means.**" in part, part.partition("\n")[0]
        assert "**Do" in part, part.partition("\n")[0]


def test_each_alert_says_where_its_part_is():
    for name, alert in ALERTS.items():
        assert f"{wanted.PAGE}#{name}\n" in alert["documentation"]["content"]


def places_of(page):
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", pages())
def test_each_place_that_a_page_links_to_is_there(name):
    page = ROOT / name
    for file, place in re.findall(r"\]\(([\w./-]*\.md)?#([^)]+)\)", page.read_text()):
        assert place in places_of(page.parent / file if file else page), (file, place)


@pytest.mark.parametrize("page", [wanted.PAGE, "docs/deploy.md"])
def test_what_a_page_has_firebase_do_it_can_do(page):
    texts = [one.text for one in commands_of(page) if one.text.startswith(FIREBASE)]
    asked = [re.sub(r" --project \S+", "", text).split()[1:] for text in texts]
    script = (
        "require('firebase-tools/lib/experiments').enableExperimentsFromCliEnvVariable();"
        "const firebase = require('firebase-tools');"
        "const known = (name) => firebase.getCommand(name)?.options.map((one) => one.long);"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(known)))"
    )
    ran = subprocess.run(
        ["node", "-e", script, json.dumps([words[0] for words in asked])],
        cwd=ROOT,
        env=os.environ | {"FIREBASE_CLI_EXPERIMENTS": "appcheckadmin"},  # as docs/deploy.md says
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(asked) >= 4
    for words, options in zip(asked, json.loads(ran.stdout), strict=True):
        assert options is not None, words
        assert {word for word in words if word.startswith("--")} <= set(options), words
