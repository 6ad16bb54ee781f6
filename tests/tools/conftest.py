import pytest

from tests.fakes.runpod_account import Fault, serving_account
from tests.tools.runpod import Terminal


@pytest.fixture
def account():
    with serving_account() as serving:
        yield serving


@pytest.fixture
def terminal(account, tmp_path, capsys):
    return Terminal(account, tmp_path, capsys)


@pytest.fixture
def fault(account):
    """`fault("POST", 500)`: what the next calls of a method get."""

    def make(method, status, **more):
        account.faults.append(Fault(method, status, **more))

    return make
