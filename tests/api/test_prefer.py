"""What callers prefer: how many seconds they would wait, in every way of saying it."""

import pytest
from flask import Flask

from firepod.entrypoints.rest.waiting import preferred_wait


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=20", 20),
        ('WAIT = "20"', 20),
        ("respond-async, wait=20", 20),
        ("wait=20; handling=lenient", 20),
        ("wait=999999999999", 50),
        ("wait=0", 0),
        ("respond-async", 0),
        ("return=minimal", 7),
        ("wait=-1", 7),
        ("wait=\N{SUPERSCRIPT TWO}", 7),
        ("wait", 7),
        ("x" * 300 + ", wait=20", 7),
        ("", 7),
    ],
)
def test_a_preference_is_heeded_as_far_as_it_can_be_read(header, seconds):
    with Flask("test").test_request_context(headers={"Prefer": header}):
        assert preferred_wait(default=7) == seconds
