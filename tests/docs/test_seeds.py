"""docs/seeds.md: everything that the five documents name has a verdict, and the tests are there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "seeds.md").read_text()
DOCUMENTS = re.split(r"^## \d\. ", TEXT, flags=re.MULTILINE)[1:]
NAMED_BY_THE_DOCUMENTS = 178
VERDICT = re.compile(r"works as printed([,;:] .+| .+)?|(differs|nothing to run): .{3,}")


def rows_of(document):
    lines = [line for line in document.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines]


ROWS = [row for document in DOCUMENTS for row in rows_of(document)]


@cache
def names_in(file):
    tree = ast.parse((ROOT / file).read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    of_classes = {f"{one.name}::{each.name}" for one in classes for each in _functions(one)}
    return {each.name for each in _functions(tree)} | of_classes


def _functions(node):
    return [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_each_of_the_five_documents_has_its_rows_and_together_they_are_all_that_was_counted():
    assert len(DOCUMENTS) == 5
    assert all(len(rows_of(document)) > 20 for document in DOCUMENTS)
    assert len(ROWS) >= NAMED_BY_THE_DOCUMENTS


def test_a_row_has_a_verdict_and_what_runs_names_a_test_that_is_there():
    for what, verdict, run_by in ROWS:
        assert VERDICT.fullmatch(verdict), f"{what}: {verdict}"
        named = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", run_by)
        assert len(named) == run_by.count("`") // 2, f"{what}: {run_by}"
        assert named or not verdict.startswith("works"), what
        for file, test in named:
            assert test in names_in(file), f"{file}::{test}"


def test_no_printed_line_is_left_that_no_program_runs():
    """Each file of tests/seeds/printed is filled in by a program beside it, or by a test."""
    printed = ROOT / "tests" / "seeds"
    programs = [*printed.glob("*.mjs"), *(ROOT / "tests").glob("*/test_*seed*.py")]
    text = "\n".join(path.read_text() for path in programs)
    for path in (printed / "printed").iterdir():
        stem = re.sub(r"_(video|images)_document", "_{kind}_document", path.name)
        assert path.name in text or stem in text, path.name


def test_no_page_of_the_console_speaks_of_local_folders():
    pages = [*(ROOT / "web").glob("src/**/*.[jt]s*"), *(ROOT / "web").glob("public/*.html")]
    assert len(pages) > 5
    for page in pages:
        words = r"local (?:folder|director)|voice_samples|voice_profiles|tts_generations"
        assert not re.search(words, page.read_text(), re.IGNORECASE), page.name
