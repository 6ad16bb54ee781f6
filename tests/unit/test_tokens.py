"""The token of a callback: what one of our keys signed passes, and nothing else does."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firepod.domain.generation import GenerationRef, MediaType
from firepod.protocol.tokens import BadToken, Callback, Keyring, parse_keyring, sign, verify
from tests.fakes.clock import START
from tests.fakes.values import BAD_USER_IDS, GOOD_USER_IDS, KEYRING

WHO = Callback(GenerationRef("ann", MediaType.IMAGES, "file-1"), 2, START + timedelta(hours=1))
TOKEN = sign(WHO, KEYRING)
KID, PAYLOAD, MAC = TOKEN.split(".")
NEW = b"another key of twenty-four bytes or more"


def test_a_signed_token_says_who_is_called_back():
    assert verify(TOKEN, KEYRING, START) == WHO


@pytest.mark.parametrize("user_id", GOOD_USER_IDS)
def test_every_user_id_survives(user_id):
    who = replace(WHO, ref=replace(WHO.ref, user_id=user_id))
    token = sign(who, KEYRING)
    assert verify(token, KEYRING, START) == who
    assert token.isascii()
    assert "/" not in token


def flipped(text, at):
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize("user_id", BAD_USER_IDS)
def test_a_token_for_what_is_no_user_id_is_bad_although_we_signed_it(user_id):
    token = sign(replace(WHO, ref=replace(WHO.ref, user_id=user_id)), KEYRING)
    with pytest.raises(BadToken):
        verify(token, KEYRING, START)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        KID,
        f"{KID}.{PAYLOAD}",
        f"{KID}.{PAYLOAD}.",
        f".{PAYLOAD}.{MAC}",
        f"{KID}..{MAC}",
        f"k2.{PAYLOAD}.{MAC}",
        f"{KID}.{PAYLOAD}.{flipped(MAC, 3)}",
        f"{KID}.{flipped(PAYLOAD, 8)}.{MAC}",
        f"{KID}.{PAYLOAD}.{MAC}=",
        f"{KID}.{PAYLOAD}.{MAC}.",
        f"{KID}.{PAYLOAD}.{MAC[:-1]}",
        f" {TOKEN}",
        f"{TOKEN}\n",
        TOKEN.upper(),
        f"{KID}.{PAYLOAD}.ü",
        f"{KID}.\udc80.{MAC}",
        "🐈.🐈.🐈",
        "A" * 1_000_000,
        f"{KID}.{'A' * 3000}.{MAC}",
    ],
)
def test_anything_else_is_a_bad_token(token):
    with pytest.raises(BadToken):
        verify(token, KEYRING, START)


@given(token=st.one_of(st.text(), st.text(alphabet="kK1.AZaz09-_=", max_size=80)))
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
def test_garbage_is_a_bad_token_whatever_it_is(token):
    with pytest.raises(BadToken):
        verify(token, KEYRING, START)


@pytest.mark.parametrize("late", [0, 1, 10_000_000])
def test_a_token_ends_at_its_time(late):
    verify(TOKEN, KEYRING, WHO.expires_at - timedelta(seconds=1))
    with pytest.raises(BadToken):
        verify(TOKEN, KEYRING, WHO.expires_at + timedelta(seconds=late))


@pytest.mark.parametrize(
    "payload", ["[]", "null", '["ann","images","f",1]', '["ann","books","f",1,9e9]', "{", "[[[["]
)
def test_a_signed_payload_that_is_none_of_ours_is_a_bad_token(payload):
    from firepod.protocol.tokens import _encode, _mac

    text = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
    token = f"k1.{text}.{_encode(_mac(KEYRING.keys['k1'], 'k1', text))}"
    with pytest.raises(BadToken):
        verify(token, KEYRING, START)


def test_after_a_rotation_old_tokens_pass_until_the_old_key_goes():
    both = Keyring({"k2": NEW, **KEYRING.keys}, "k2")
    assert sign(WHO, both).startswith("k2.")
    assert verify(TOKEN, both, START) == WHO
    with pytest.raises(BadToken):
        verify(TOKEN, Keyring({"k2": NEW}, "k2"), START)


def test_a_key_under_another_key_id_does_not_verify():
    with pytest.raises(BadToken):
        verify(TOKEN, Keyring({"k1": NEW}, "k1"), START)


def test_a_keyring_is_read_and_the_first_key_signs():
    keyring = parse_keyring(f" new:{'n' * 24}, old:{'o' * 24},")
    assert keyring == Keyring({"new": b"n" * 24, "old": b"o" * 24}, "new")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "n" * 40,
        f":{'n' * 40}",
        f"k 1:{'n' * 40}",
        "k1:short",
        f"k1:{'n' * 40},k1:{'m' * 40}",
        "hunter2hunter2hunter2hunter2:k1",
    ],
)
def test_a_bad_keyring_is_refused_without_a_key_in_the_message(text):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the text is looked at below)
        parse_keyring(text)
    assert "nnn" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_keyring_shows_no_key():
    assert "twenty-four" not in repr(KEYRING)
