"""What `make generate` writes is what the registry says, and everything has its place."""

import re
import shutil

import pytest

from firepod.domain.generation import MediaType
from tools import generate
from tools.generate import ROOT, NoPlace, stale, wanted


@pytest.fixture
def copy(tmp_path):
    """The files that hold generated parts, in a folder of their own."""
    for path in wanted():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def test_every_generated_part_is_up_to_date():
    assert stale() == [], "run `make generate` and commit what it writes"


def test_a_generated_part_that_somebody_edits_is_noticed(copy):
    page = copy / "docs/contract.md"
    page.write_text(page.read_text().replace("| `tts` | `tts` |", "| `tts` | `speech` |"))
    assert stale(copy) == [page]


def test_an_index_that_is_missing_is_noticed(copy):
    indexes = copy / "firestore.indexes.json"
    indexes.write_text(indexes.read_text().replace("request_data.audio", "request_data.other"))
    assert stale(copy) == [indexes]


def test_a_file_that_lost_the_place_of_a_part_is_named(copy):
    rules = copy / "storage.rules"
    rules.write_text(rules.read_text().replace("end of types of uploads", ""))
    with pytest.raises(NoPlace, match=r"storage\.rules has 0 places for types of uploads"):
        stale(copy)


def test_what_is_written_by_hand_stays_as_it_is(copy):
    page = copy / "clients/js/src/types.ts"
    page.write_text(page.read_text() + "// by hand\n")
    assert generate.wanted(copy)[page].endswith("// by hand\n")


def test_the_rules_of_firestore_know_every_media_type_and_no_other():
    rules = (ROOT / "firestore.rules").read_text()
    listed = re.search(r"media_type in \[([^]]*)\]", rules)
    assert sorted(re.findall(r"'(\w+)'", listed[1])) == sorted(MediaType)
