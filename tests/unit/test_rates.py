"""A user calls so many times a second, and nobody else is held up by it."""

import pytest

from firepod.domain.errors import ResourceExhausted
from firepod.entrypoints.rates import BURST_SECONDS, REFUSED_SECONDS, Rates, Refused

PER_SECOND = 20


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def taken(rates, user="ann", calls=1000):
    """How many of these calls at once are let through."""
    for number in range(calls):
        try:
            rates.count(user, PER_SECOND)
        except ResourceExhausted:
            return number
    return calls


def test_a_seconds_worth_of_calls_may_come_at_once(clock):
    assert taken(Rates(clock)) == BURST_SECONDS * PER_SECOND


def test_what_was_used_comes_back_with_time_and_never_more(clock):
    rates = Rates(clock)
    taken(rates)
    clock.now += 0.5
    assert taken(rates) == PER_SECOND // 2
    clock.now += 3600
    assert taken(rates) == BURST_SECONDS * PER_SECOND


def test_refused_calls_do_not_put_the_next_one_off(clock):
    rates = Rates(clock)
    for _ in range(3):
        taken(rates)
    clock.now += 1 / PER_SECOND
    assert taken(rates) == 1


def test_each_user_has_a_rate_of_their_own(clock):
    rates = Rates(clock)
    taken(rates)
    assert taken(rates, "bob", 10) == 10


def test_a_refusal_says_when_to_come_again(clock):
    rates = Rates(clock)
    taken(rates)
    with pytest.raises(ResourceExhausted) as refused:
        rates.count("ann", PER_SECOND)
    assert refused.value.details == {"limit": 20, "used": 20, "retry_after_seconds": 1}


def test_the_buckets_of_many_users_take_a_bounded_memory(clock):
    rates = Rates(clock, most_users=3)
    for user in ("ann", "bob"):
        taken(rates, user)
    for user in ("cy", "ann", "dan"):
        taken(rates, user, 1)
    # Bob was not seen for longest and is forgotten; Ann is not, and stays refused.
    assert taken(rates, "ann", 1) == 0
    assert taken(rates, "bob", 1) == 1
    assert len(rates._buckets) == 3


def test_who_was_just_refused_is_refused_by_what_they_send_and_only_for_a_moment(clock):
    refused = Refused(clock)
    refused.note("Bearer a", PER_SECOND)
    again = refused.again("Bearer a")
    assert again is not None
    assert again.details == {"limit": PER_SECOND, "used": PER_SECOND, "retry_after_seconds": 1}
    assert refused.again("Bearer b") is None
    clock.now += REFUSED_SECONDS
    assert refused.again("Bearer a") is None


def test_of_those_who_were_refused_a_bounded_number_is_remembered(clock):
    refused = Refused(clock, most=2)
    for name in "abc":
        refused.note(name, PER_SECOND)
    assert [name for name in "abc" if refused.again(name)] == ["b", "c"]
