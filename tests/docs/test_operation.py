"""docs/operation.md has a part for each alert, and what it tells people to type is there."""

import json
import re
import subprocess
from pathlib import Path

from tests.docs.test_commands import commands_of
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


def test_each_place_in_the_page_that_it_links_to_is_there():
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    places = {title.lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= places


def test_what_the_page_has_firebase_do_it_can_do():
    texts = [one.text for one in commands_of(wanted.PAGE) if one.text.startswith(FIREBASE)]
    asked = [re.sub(r" --project \S+", "", text).split()[1:] for text in texts]
    script = (
        "const firebase = require('firebase-tools');"
        "const known = (name) => firebase.getCommand(name)?.options.map((one) => one.long);"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(known)))"
    )
    ran = subprocess.run(
        ["node", "-e", script, json.dumps([words[0] for words in asked])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(asked) >= 6
    for words, options in zip(asked, json.loads(ran.stdout), strict=True):
        assert options is not None, words
        assert {word for word in words if word.startswith("--")} <= set(options), words
