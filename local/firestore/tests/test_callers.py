import base64
import json

import grpc
import pytest

from local.firestore.callers import ADMIN, ANONYMOUS, caller_from_authorization
from local.firestore.errors import RpcError


def _segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _token(claims, signature=""):
    return f"{_segment({'alg': 'none'})}.{_segment(claims)}.{signature}"


@pytest.mark.parametrize("header", ["Bearer owner", "bearer OWNER", "Bearer ya29.abc"])
def test_an_administrator_is_taken_at_their_word(header):
    assert caller_from_authorization(header) == ADMIN


def test_without_a_header_nobody_calls():
    assert caller_from_authorization(None) == ANONYMOUS


def test_the_claims_of_a_token_are_read_unverified():
    claims = {"sub": "alice", "exp": 1, "email": "a@b.c"}
    caller = caller_from_authorization(f"Bearer {_token(claims, 'AAAA')}")
    assert caller.auth == {"uid": "alice", "token": claims}
    assert not caller.admin


def test_user_id_stands_in_for_sub():
    caller = caller_from_authorization(f"Bearer {_token({'user_id': 'bob'})}")
    assert caller.auth["uid"] == "bob"


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "..", f"{_segment({})}.{_segment([])}.", f"{_segment({})}.{_segment({})}.!"],
)
def test_a_broken_token_is_invalid(token):
    with pytest.raises(RpcError, match="invalid jwt") as error:
        caller_from_authorization(f"Bearer {token}")
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer  owner", "owner"])
def test_another_scheme_is_unknown(header):
    with pytest.raises(RpcError) as error:
        caller_from_authorization(header)
    assert error.value.code is grpc.StatusCode.UNKNOWN
