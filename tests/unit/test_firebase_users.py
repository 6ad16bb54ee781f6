"""Firebase Auth's accounts, asked through firebase_admin, of a server that answers as it does."""

import json
import re

import pytest

from firepod.adapters.firebase_users import FirebaseUsers
from firepod.domain.errors import Unauthenticated, Unavailable
from tests.fakes.server import answer, out_of_reach, request_of, serving

ISSUED = 1_700_000_000


@pytest.fixture
def users(monkeypatch):
    """`users(port)`: the adapter, on a firebase_admin that takes that port for Firebase Auth."""
    import firebase_admin

    made = []

    def on(port):
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"127.0.0.1:{port}")
        options = {"projectId": "demo-users", "httpTimeout": 0.3}
        made.append(firebase_admin.initialize_app(options=options, name=f"users-{port}"))
        return FirebaseUsers(made[-1])

    yield on
    for app in made:
        firebase_admin.delete_app(app)


def account(**fields):
    """A server whose only account this is; None: it has none."""

    def talk(connection):
        while request := request_of(connection):
            assert re.match(rb"POST /\S+/projects/demo-users/accounts:lookup ", request)
            found = {"users": [{"localId": "ann", **fields}]} if fields else {}
            connection.sendall(answer("200 OK", json.dumps(found).encode()))

    return serving(talk)


@pytest.mark.parametrize(
    "fields", [{"disabled": False}, {"validSince": str(ISSUED)}, {"validSince": str(ISSUED - 1)}]
)
def test_an_account_that_is_good_may_spend(users, fields):
    with account(**fields) as port:
        users(port).check("ann", ISSUED)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="deleted"),
        pytest.param({"disabled": True}, id="disabled"),
        pytest.param({"validSince": str(ISSUED + 1)}, id="signed out everywhere"),
    ],
)
def test_one_that_is_gone_disabled_or_signed_out_everywhere_may_not(users, fields):
    with account(**fields) as port, pytest.raises(Unauthenticated, match="Sign in again"):
        users(port).check("ann", ISSUED)


def test_when_a_role_is_missing_it_is_not_known(users):
    def refuse(connection):
        while request_of(connection):
            connection.sendall(answer("403 Forbidden", b"{}"))

    with serving(refuse) as port, pytest.raises(Unavailable):
        users(port).check("ann", ISSUED)


@pytest.mark.parametrize("kind", ["nobody listens", "never answers"])
def test_when_nobody_answers_it_is_not_known(users, kind):
    with out_of_reach(kind) as port, pytest.raises(Unavailable):
        users(port).check("ann", ISSUED)
