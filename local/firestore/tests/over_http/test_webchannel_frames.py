import json
from urllib.parse import quote, urlencode

import pytest

from local.firestore.webchannel_frames import BadForm, frame, parse_form


def test_a_frame_announces_its_length_as_javascript_counts_it():
    length, _, text = frame([[1, [{"name": "Ünïcode 𝄞"}]]]).decode().partition("\n")

    assert int(length) == len(text.encode("utf-16-le")) // 2
    assert json.loads(text) == [[1, [{"name": "Ünïcode 𝄞"}]]]


def test_a_form_carries_messages_their_offset_and_hidden_headers():
    body = urlencode(
        {
            "headers": "Authorization:Bearer owner\r\nX-Goog-Api-Client: gl-js/ fire/12\r\n",
            "count": 2,
            "ofs": 7,
            "req0___data__": '{"database": "projects/p/databases/(default)"}',
            "req1___data__": '{"removeTarget": 2}',
        },
        quote_via=quote,
    )

    form = parse_form(body.encode())

    assert form.offset == 7
    assert form.messages == (
        {"database": "projects/p/databases/(default)"},
        {"removeTarget": 2},
    )
    assert form.headers == {
        "authorization": "Bearer owner",
        "x-goog-api-client": "gl-js/ fire/12",
    }


def test_a_handshake_may_carry_no_message():
    assert parse_form(b"count=0").messages == ()
    assert parse_form(b"").messages == ()


@pytest.mark.parametrize(
    "body",
    [
        b"count=x",
        b"count=1",
        b"count=1&ofs=-1&req0___data__={}",
        b"count=1&ofs=0&req0___data__=[1]",
        b"count=1&ofs=0&req0___data__={",
        b"count=1&ofs=0&req0___data__=" + b"[" * 100_000,
        b"\xff\xfe",
        b"a=1&" * 20_000,
    ],
)
def test_a_form_that_no_client_sends_is_refused(body):
    with pytest.raises(BadForm):
        parse_form(body)
