import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.firestore.webchannel_session import OutOfOrder, Session


def numbers(arrays):
    return [number for number, _ in arrays]


def test_the_handshake_names_the_session_and_the_protocol():
    session = Session()

    assert session.handshake() == [[0, ["c", session.sid, "", 8, 12, 30000]]]
    assert len(session.sid) == 22
    assert session.sid != Session().sid


def test_arrays_are_numbered_from_one_and_handed_out_once():
    session = Session()
    session.push(["a"])
    session.push(["b"])

    assert session.take_unsent() == [[1, ["a"]], [2, ["b"]]]
    assert session.take_unsent() == []
    session.push(["c"])
    assert session.take_unsent() == [[3, ["c"]]]


def test_a_new_back_channel_carries_again_what_the_client_has_not_got():
    session = Session()
    for payload in "abcd":
        session.push([payload])
    session.take_unsent()

    session.reopen(2)

    assert session.has_unsent()
    assert session.take_unsent() == [[3, ["c"]], [4, ["d"]]]
    session.reopen(4)
    assert not session.has_unsent()


def test_a_client_cannot_acknowledge_what_was_never_sent():
    session = Session()
    session.push(["a"])
    session.acknowledge(99)
    session.reopen(99)

    assert session.take_unsent() == [[1, ["a"]]]


def test_an_old_acknowledgement_changes_nothing():
    session = Session()
    for payload in "abc":
        session.push([payload])
    session.take_unsent()
    session.acknowledge(2)
    session.acknowledge(1)
    session.reopen(-1)

    assert numbers(session.take_unsent()) == [3]


def test_a_forward_answer_tells_of_the_back_channel_and_the_last_array_sent():
    session = Session()
    session.push(["a"])

    assert session.forward_answer(back_channel_open=False) == [0, 0, 7]
    session.take_unsent()
    assert session.forward_answer(back_channel_open=True) == [1, 1, 7]


def test_a_repeated_forward_request_brings_no_message_twice():
    session = Session()
    first, second, third = ({"n": 1}, {"n": 2}, {"n": 3})

    assert list(session.receive(0, [first, second])) == [first, second]
    assert list(session.receive(0, [first, second])) == []
    assert list(session.receive(1, [second, third])) == [third]


def test_a_gap_between_messages_is_an_error():
    session = Session()
    session.receive(0, [{}])

    with pytest.raises(OutOfOrder):
        session.receive(2, [{}])


@given(st.lists(st.sampled_from(["push", "take", "lose", "acknowledge"]), max_size=60))
def test_whatever_breaks_the_client_gets_every_array_once_and_in_order(steps):
    """The client of this model ignores arrays it has, as the SDK's does."""
    session, pushed, got = Session(), 0, 0

    def receive(arrays):
        nonlocal got
        for number, payload in arrays:
            if number > got:
                assert number == got + 1
                assert payload == [number]
                got = number

    for step in steps:
        match step:
            case "push":
                pushed += 1
                session.push([pushed])
            case "take":
                receive(session.take_unsent())
            case "lose":
                session.take_unsent()
                session.reopen(got)
            case "acknowledge":
                session.acknowledge(got)
    session.reopen(got)
    receive(session.take_unsent())
    assert got == pushed
