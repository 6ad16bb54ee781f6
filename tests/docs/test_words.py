"""Pages and folders say where things are; here the places are looked up."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIREPOD = ROOT / "functions" / "firepod"
FLOORS = sorted(
    path for path in FIREPOD.iterdir() if path.is_dir() and (path / "__init__.py").exists()
)


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


PAGES = tracked("*.md", "llms.txt")
CODE = tracked("*.py")


def name_of(path):
    return str(path.relative_to(ROOT))


def sections_of(page):
    return set(re.findall(r"^## (\d+)\. ", page.read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_to_one(page):
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [p for p in PAGES if p.name == "README.md"], ids=name_of)
def test_every_module_that_a_readme_names_exists(page):
    places = (page.parent, ROOT, FIREPOD, ROOT / "functions")
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for name in re.findall(r"`([\w./-]+\.(?:py|rules|json))`", text):
        found = any((place / name).exists() for place in places)
        assert found or list(page.parent.rglob(name)), name


def test_every_floor_of_the_backend_says_what_lives_there():
    assert [path.name for path in FLOORS if not (path / "README.md").exists()] == []
    text = (FIREPOD / "README.md").read_text()
    assert [path.name for path in FLOORS if f"({path.name}/README.md)" not in text] == []


def test_every_module_of_the_backend_is_named_by_its_folder():
    for readme in FIREPOD.rglob("README.md"):
        text = readme.read_text()
        for module in readme.parent.glob("[!_]*.py"):
            named = re.search(rf"`{module.stem}(\.py)?`", text)
            assert named, f"{name_of(module)} needs a line in the README beside it"


def test_every_word_of_the_glossary_has_an_owner_that_is_there():
    rows = re.findall(
        r"^\| ([\w' -]+) \| (.+) \| `([^`]+)` \|$",
        (ROOT / "docs" / "glossary.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) > 40
    for word, meaning, owner in rows:
        place = next((one for one in (FIREPOD / owner, ROOT / owner) if one.exists()), None)
        assert place is not None, f"{word}: {owner}"
        assert meaning.endswith("."), word
    assert len({word for word, _, _ in rows}) == len(rows)


def docstrings_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def test_a_docstring_cites_only_pages_that_are_there():
    for path in CODE:
        for text in docstrings_of(path):
            _check_citations(path, " ".join(text.split()))


def _check_citations(path, text):
    assert not re.search(r"\(contract,|[Cc]ontract, (?:section )?\d|the seeds\b", text), path
    for page, numbers in re.findall(r"(\w+(?:/\w+)*\.md)(?:,? (\d(?:(?:,| and) \d)*))?", text):
        cited = next((one for one in (ROOT / page, path.parent / page) if one.exists()), None)
        assert cited is not None, f"{name_of(path)} cites {page}"
        assert set(re.findall(r"\d", numbers)) <= sections_of(cited), f"{name_of(path)}: {text}"
