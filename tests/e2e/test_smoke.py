"""`make smoke` against a running stack: a picture comes, is read, and is gone with its user."""

import pytest

from tests.e2e.app import objects
from tools.smoke.__main__ import main

pytestmark = pytest.mark.e2e


def test_a_running_stack_makes_a_picture_for_a_user_who_is_gone_afterwards(stack, capsys):
    before = objects(stack, "generations/")

    code = main(["--port-offset", str(stack.port_offset), "--wait", "60"])

    said = capsys.readouterr().out
    assert code == 0, said
    assert f"{stack.urls['hosting']} works: " in said
    assert objects(stack, "generations/") == before
