"""How much one reads to follow a call, as docs/architecture.md says it."""

import re

import pytest

from tests.docs.test_words import FIREPOD, ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize(("call", "most"), [("`generate`", 7), ("a callback", 6)])
def test_a_call_is_followed_through_few_files_each_of_which_names_what_comes_next(call, most):
    [line] = re.findall(rf"^- {call}: ((?:.|\n  )+)", TEXT, re.MULTILINE)
    files = re.findall(r"`([\w/]+)\.py`", line)
    assert 1 < len(files) <= most
    read = ""
    for file in files:
        stem = file.rsplit("/", 1)[1]
        through_a_port = file.startswith("adapters/")
        assert through_a_port or not read or re.search(rf"\b{stem}\b", read), file
        read += (FIREPOD / f"{file}.py").read_text()
