"""Accounts as the Auth emulator knows them: who is no user any more can spend nothing."""

import pytest
import requests

from tests.e2e.app import read

pytestmark = pytest.mark.e2e

GOOD = {"task_type": "text2img", "prompt": "sea", "width": 256, "height": 256, "steps": 1}
# Emulator of Firebase Auth: an administrator is who says "owner".
ADMIN = {"Authorization": "Bearer owner"}


def administer(user, act, **fields):
    root = f"{user.stack.urls['auth']}/identitytoolkit.googleapis.com/v1/projects"
    url = f"{root}/{user.stack.project}/accounts:{act}"
    answer = requests.post(url, json={"localId": user.uid, **fields}, headers=ADMIN, timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("delete", {}),
        ("update", {"disableUser": True}),
        ("update", {"validSince": "4000000000"}),
    ],
    ids=["deleted", "disabled", "signed out everywhere"],
)
def test_a_token_of_an_account_that_is_no_more_starts_nothing(user, act, fields):
    assert user.call("generate", GOOD)[0] == 200
    administer(user, act, **fields)
    before = read(user.stack, f"quotas/{user.uid}")

    status, error = user.call("generate", GOOD)
    over_rest = requests.post(
        f"{user.stack.urls['functions']}/api/generations",
        json=GOOD,
        headers={"Authorization": f"Bearer {user.token}"},
        timeout=30,
    )

    assert (status, error["status"], over_rest.status_code) == (401, "UNAUTHENTICATED", 401)
    after = read(user.stack, f"quotas/{user.uid}")
    assert after["used"] == before["used"] == 1
