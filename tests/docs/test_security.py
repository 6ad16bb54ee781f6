"""docs/security.md names parameters and places in the code; here they are looked up."""

import re
from pathlib import Path

import pytest

from firepod import parameters

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()
NAMED = set(re.findall(r"`([^`\n]+)`", TEXT))


def test_every_file_that_is_named_exists():
    files = {name for name in NAMED if re.fullmatch(r"[\w./-]+\.(py|rules|json)", name)}
    missing = {
        name
        for name in files
        if not any(
            (base / name).exists()
            for base in (ROOT, ROOT / "functions", ROOT / "functions" / "firepod")
        )
    }
    assert missing == set()
    assert len(files) > 10


@pytest.mark.parametrize("page", ["security.md", "reliability.md"])
def test_every_parameter_that_is_named_exists(page):
    text = (ROOT / "docs" / page).read_text()
    words = set(re.findall(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", text))
    declared = {
        line.partition("=")[0]
        for line in (ROOT / "functions" / ".env").read_text().splitlines()
        if line and not line.startswith("#")
    }
    workers = {"FIREBASE_SERVICE_ACCOUNT_KEY", "FIREBASE_STORAGE_BUCKET"}
    assert words - declared - workers - set(parameters.SECRETS) == set()
